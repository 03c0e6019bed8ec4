"""An adapter's files, read with suspicion: safetensors only, and only what fits the model."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn
from transformers import PreTrainedModel

from model_server.engine.adapters.config import LoraConfig
from model_server.engine.adapters.interface import UnfitAdapter, UnknownAdapter

CONFIG: Final = "adapter_config.json"
WEIGHTS: Final = "adapter_model.safetensors"
PICKLES: Final = ("adapter_model.bin", "adapter_model.pt", "adapter_model.pth")
MOST_BYTES: Final = {CONFIG: 1 << 20, WEIGHTS: 4 << 30}
KEY = re.compile(r"base_model\.model\.(?P<part>.+)\.lora_(?P<half>[AB])\.weight")

Stamp = tuple[tuple[int, int, int], ...]
"""By what changed files are noticed: size, time and place of each."""


class Part(NamedTuple):
    """What is added to one linear layer: (x down^T) up^T, with down (rank, in) and up (out, rank)."""

    down: Tensor
    up: Tensor


@dataclass(frozen=True, eq=False)
class Adapter:
    """An adapter as its files were when it was read; one whose files changed is another."""

    name: str
    digest: str
    parts: Mapping[str, Part]


class Linear(NamedTuple):
    """A linear layer of a model: how many numbers it takes and gives, and where."""

    inputs: int
    outputs: int
    device: torch.device


class Base:
    """The model that adapters are laid over, as far as they have to fit it."""

    def __init__(self, model: PreTrainedModel, *names: str) -> None:
        """`names`: what an adapter may call its model, whatever stands before the last slash."""
        self.names = [_short(name) for name in names]
        self.dtype = model.dtype
        self.linears = {
            path: Linear(part.in_features, part.out_features, part.weight.device)
            for path, part in model.named_modules()
            if isinstance(part, nn.Linear) and ".experts." not in path
        }
        """An expert sees some tokens of the batch only, and cannot say whose they are."""


def stamp_of(folder: Path) -> Stamp:
    """Look which state of an adapter's files this is. Raises UnfitAdapter, UnknownAdapter."""
    try:
        states = [(folder / name).stat() for name in (CONFIG, WEIGHTS)]
    except OSError as error:
        raise _missing(folder) from error
    for state, (name, most) in zip(states, MOST_BYTES.items(), strict=True):
        if not stat.S_ISREG(state.st_mode):
            raise UnfitAdapter(folder.name, f"{name} is no file")
        if state.st_size > most:
            raise UnfitAdapter(folder.name, f"{name} has more than {most} bytes")
    return tuple((state.st_size, state.st_mtime_ns, state.st_ino) for state in states)


def glance(folder: Path, base: Base) -> None:
    """Check what can be told without the weights. Raises UnfitAdapter, UnknownAdapter."""
    stamp_of(folder)
    try:
        _config((folder / CONFIG).read_bytes(), base)
    except OSError as error:
        raise _missing(folder) from error
    except ValueError as error:
        raise UnfitAdapter(folder.name, str(error)) from error


def read(folder: Path, base: Base) -> Adapter:
    """Read and check an adapter, which takes its name from its folder. Raises UnfitAdapter, UnknownAdapter."""
    try:
        said, weights = ((folder / name).read_bytes() for name in (CONFIG, WEIGHTS))
    except OSError as error:
        raise _missing(folder) from error
    digest = hashlib.sha256(b"/".join([folder.name.encode(), hashlib.sha256(said).digest(), weights]))
    try:
        config = _config(said, base)
        parts = _parts(_tensors(weights), config, base)
    except ValueError as error:
        raise UnfitAdapter(folder.name, str(error)) from error
    return Adapter(folder.name, digest.hexdigest(), parts)


def _missing(folder: Path) -> UnfitAdapter | UnknownAdapter:
    if any((folder / name).exists() for name in PICKLES) and not (folder / WEIGHTS).exists():
        return UnfitAdapter(folder.name, f"it is kept in pickle, which is never loaded; save it as {WEIGHTS}")
    if not folder.is_dir():
        return UnknownAdapter(folder.name)
    missing = [name for name in (CONFIG, WEIGHTS) if not os.access(folder / name, os.R_OK)]
    return UnfitAdapter(folder.name, f"{' and '.join(missing) or 'a file'} cannot be read")


def _config(said: bytes, base: Base) -> LoraConfig:
    try:
        config = LoraConfig.model_validate_json(said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"in {CONFIG}{place and f', {place}'}: {first['msg'].removeprefix('Value error, ')}"
        ) from error
    named = config.base_model_name_or_path
    if named and _short(named) not in base.names:
        raise ValueError(f"it is made for another model, {_short(named)[:100]}")
    return config


def _tensors(weights: bytes) -> dict[str, Tensor]:
    try:
        return load(weights)
    except (SafetensorError, KeyError) as error:
        raise ValueError(f"{WEIGHTS} is broken off, or no safetensors") from error


def _parts(tensors: Mapping[str, Tensor], config: LoraConfig, base: Base) -> dict[str, Part]:
    found: dict[str, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        if (match := KEY.fullmatch(key)) is None:
            raise ValueError(f"it holds {key[:100]}, which is no part of a LoRA over linear layers")
        found.setdefault(match["part"], {})[match["half"]] = tensor
    if not found:
        raise ValueError("it holds no weights")
    return {name: _part(name, halves, config, base) for name, halves in found.items()}


def _part(name: str, halves: Mapping[str, Tensor], config: LoraConfig, base: Base) -> Part:
    linear, rank = base.linears.get(name), config.rank(name)
    if linear is None:
        raise ValueError(f"it changes {name[:100]}, which is no linear layer of this model")
    wanted = {"A": (rank, linear.inputs), "B": (linear.outputs, rank)}
    shapes = {half: tuple(tensor.shape) for half, tensor in halves.items()}
    if shapes != wanted:
        raise ValueError(f"{name[:100]} has the shapes {shapes}, {wanted} would fit")
    device = linear.device if linear.device.type != "meta" else torch.device("cpu")
    part = Part(
        halves["A"].to(device, base.dtype), (halves["B"].float() * config.scale(name)).to(device, base.dtype)
    )
    if not all(bool(half.isfinite().all()) for half in part):
        raise ValueError(f"{name[:100]} holds numbers that are not finite")
    return part


def _short(name: str) -> str:
    return name.rstrip("/\\").replace("\\", "/").rpartition("/")[2].lower()
