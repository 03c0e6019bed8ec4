"""How much memory a model takes, told by its configuration before it is read, and whether that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import convert_file_size_to_int
from safetensors import safe_open
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.pages import PAGE, pages_of
from model_server.engine.placement import Placement
from model_server.engine.preparing import SAMPLES, cache_dtype, choose
from model_server.findings import Finding, fail, mend, ok
from model_server.loading import UNLOADABLE, context_of, does_not_load
from model_server.machine import Machine, gigabytes
from model_server.options import Options
from model_server.sources import Source

COPY = {"int4": 0.75, "int8": 1.125, "bfloat16": 2}
"""Bytes that a packed weight takes, with its share of the scales, beside the model's own, which lies there at least until it is packed."""
FIRST = tuple(f"layers.0.{name}" for name in SAMPLES)
USEFUL = 1024
"""Tokens of context below which a story is not worth telling."""


@dataclass(frozen=True)
class Need:
    """What a model takes at most, in bytes: its weights as they are loaded, all rows' texts, and what is kept of earlier ones."""

    weights: int
    token: int
    rows: int
    context: int
    kept: int

    @property
    def cache(self) -> int:
        """The keys and values of as long a text as may be, in every row."""
        return self.rows * (pages_of(self.context) + 1) * PAGE * self.token


@dataclass(frozen=True)
class Room:
    """Bytes that are free where the model computes, and those to which its layers may be moved beside."""

    here: int
    beside: int = 0


def need_of(source: Source, placement: Placement, options: Options) -> Need:
    """Tell by a model's configuration, and two of its weights, what it takes. Raises StartFault."""
    try:
        samples = _samples(source)
        config: Any = AutoConfig.from_pretrained(source.path, trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except UNLOADABLE as error:
        raise does_not_load(source.name, error) from error
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    on_cpu = placement.device_map == {"": "cpu"}
    kind = choose(model, options.dtype, placement.dtype, options.cache_dir, samples)[0] if on_cpu else None
    kept = cache_dtype(kind, placement.dtype) or placement.dtype
    return Need(
        weights=int(model.num_parameters() * (placement.dtype.itemsize + COPY.get(kind or "", 0))),
        token=2 * text.num_hidden_layers * heads * width * kept.itemsize,
        rows=options.max_concurrent,
        context=context_of(text, options.context_limit),
        kept=options.prefix_cache_mb * 1_000_000,
    )


def room_of(machine: Machine, placement: Placement) -> Room:
    """Say how much room the machine and the caps leave."""
    caps = placement.max_memory or {}
    main = _capped(machine.free, caps, "cpu")
    if not machine.accelerators or placement.device_map == {"": "cpu"}:
        return Room(main)
    there = sum(_capped(one.free, caps, index) for index, one in enumerate(machine.accelerators))
    return Room(there, main if placement.device_map == "auto" else 0)


def judge(need: Need, room: Room) -> Finding:
    """Say whether it fits, and what to change where it does not."""
    seen = (
        f"weights {gigabytes(need.weights)}, {need.rows} texts of {need.context} tokens {gigabytes(need.cache)}, "
        f"earlier texts {gigabytes(need.kept)}; {gigabytes(room.here)} may be used"
    )
    if need.weights > room.here + room.beside:
        return fail("fit", f"{seen}: too little for the weights", "Name a smaller model, or free memory.")
    if need.weights > room.here:
        return mend("fit", f"{seen}: layers lie in main memory, which is slow", "Name a smaller model.")
    if need.weights + need.cache + need.kept <= room.here:
        return ok("fit", seen)
    return mend("fit", f"{seen}: too little when all rows are full", _smaller(need, room))


def _smaller(need: Need, room: Room) -> str:
    """Name options with which it fits: less kept, then shorter texts, then fewer of them."""
    left = room.here - need.weights
    if need.cache <= left:
        return f"Give --prefix-cache-mb {(left - need.cache) // 1_000_000}."
    half = left // 2
    tokens = half // need.token // PAGE * PAGE
    kept = f"--prefix-cache-mb {min(need.kept, half) // 1_000_000}"
    context = tokens // need.rows - 2 * PAGE
    if context >= min(USEFUL, need.context):
        return f"Give --context-limit {context} and {kept}."
    rows = max(tokens // (min(need.context, USEFUL) + 2 * PAGE), 1)
    return f"Give --max-concurrent {rows}, --context-limit {min(need.context, USEFUL)} and {kept}, or name a smaller model."


def _samples(source: Source) -> Sequence[Tensor]:
    """Give the weights by which a model's kind is chosen, none where its files are still to be fetched."""
    found: list[Tensor] = []
    for file in sorted(Path(source.path).glob("*.safetensors")):
        with safe_open(file, "pt") as stored:
            names = [name for name in stored.keys() if name.endswith(FIRST)]  # noqa: SIM118
            found += map(stored.get_tensor, names)
    return found


def _capped(free: int, caps: Mapping[int | str, int | str], device: int | str) -> int:
    return min(free, convert_file_size_to_int(caps[device])) if device in caps else free
