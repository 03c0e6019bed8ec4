"""How a loaded model is to compute: with which weights, and compiled now, later or not at all."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from model_server.engine.fused import library
from model_server.engine.fused.packing import fits, keeps4, multiplies_pairs
from model_server.engine.fused.stack import Compiled, unfit
from model_server.engine.kernels import starting
from model_server.engine.layout import Kind, Layout, lay_out
from model_server.engine.runner import Runner
from model_server.faults import StartFault

logger = logging.getLogger(__name__)

SAMPLES = ("self_attn.o_proj.weight", "mlp.down_proj.weight")
"""Those of a first layer's weights that tell whether four bits hold a model."""


@dataclass(frozen=True)
class Plan:
    """How a model is to compute: its weights laid out, or None for transformers' own layers, and that in words."""

    layout: Layout | None
    words: str
    cache_dtype: torch.dtype | None
    """The precision of keys and values, None for the model's."""

    @property
    def packed(self) -> bool:
        """Whether weights are held in other numbers than the model's own."""
        return self.layout is not None and self.layout.kind in ("int8", "int4")


def cache_dtype(kind: Kind | None, dtype: torch.dtype) -> torch.dtype | None:
    """Give the precision of keys and values of a model in this one: the model's, None, where it is exact or not ours to say.

    Else bfloat16 where the CPU multiplies it in pairs, twice as many at once as others; or half.
    """
    if kind is None or (kind == "plain" and dtype is torch.float32):
        return None
    return torch.bfloat16 if multiplies_pairs() else torch.float16


def choose(
    model: PreTrainedModel,
    asked: str,
    dtype: torch.dtype,
    cache: Path,
    samples: Sequence[Tensor] | None = None,
) -> tuple[Kind | None, str]:
    """Say with which weights layers of our own are to compute, None for transformers', and why, in words.

    Of a model that is not read, samples stand for its weights. Raises StartFault where what was asked for
    needs more than there is.
    """
    on_gpu = _on_gpu(model)
    missing = starting.unfit(model) if on_gpu else unfit(model) or _not_made(cache)
    if missing and asked in ("int4", "int8"):
        raise StartFault(f"--dtype {asked} cannot be used for this model: {missing}. Leave --dtype at auto.")
    if missing:
        return None, f"by transformers' own layers: {missing}"
    if on_gpu:
        return "plain", "by kernels, in recorded steps"
    kind, why = _kind(asked, dtype, _samples(model) if samples is None else samples)
    return kind, f"by compiled layers, {why}"


def pack(model: PreTrainedModel, asked: str, dtype: torch.dtype, cache: Path) -> Plan:
    """Lay a model's weights out as was asked for (auto, int4, int8 or a dtype), then cast the model's own to `dtype`.

    Raises StartFault where what was asked for needs more than there is.
    """
    kind, words = choose(model, asked, dtype, cache)
    if kind not in ("int8", "int4"):
        cast(model, dtype)
    layout = None if kind is None else lay_out(model, kind)
    cast(model, dtype)
    return Plan(layout, words, None if _on_gpu(model) else cache_dtype(kind, dtype))


def cast(model: nn.Module, dtype: torch.dtype) -> None:
    """Give a model's weights another precision, where they have not got it yet."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)


def compute_with(runner: Runner, layout: Layout, cache: Path) -> None:
    """Let a runner compute by layers of our own: at once where they are in the cache, else when they have been made.

    On a GPU, by kernels, that is always at once.
    """
    if _on_gpu(runner.model):
        starting.switch(runner, layout)
        return
    if library.path_in(cache).exists():
        _switch(runner, layout, cache)
        return
    logger.info("compiling the layers, once; until they are there, answers come slower")
    threading.Thread(target=_switch, args=(runner, layout, cache), name="compiling", daemon=True).start()


def _switch(runner: Runner, layout: Layout, cache: Path) -> None:
    try:
        library.load(library.build(cache))
        runner.compiled = Compiled(runner.model, layout)
    except library.NotCompiled as error:
        logger.warning("computing by transformers' own layers: %s", error)
        return
    logger.info("computing by the compiled layers, with %s weights", layout.kind)


def _not_made(cache: Path) -> str | None:
    """Say why there are no compiled layers and will be none, or None if there are."""
    made = library.path_in(cache).exists() or library.compiler()
    return None if made else "there is no C++ compiler (c++) here"


def _on_gpu(model: PreTrainedModel) -> bool:
    return any(parameter.device.type == "cuda" for parameter in model.parameters())


def _kind(asked: str, dtype: torch.dtype, samples: Sequence[Tensor]) -> tuple[Kind, str]:
    """Choose four bits where they lose nothing, the model's weights otherwise, unless something else is asked for."""
    if asked == "int8":
        return "int8", "with int8 weights as asked"
    lossless = asked in ("auto", "int4") and bool(samples) and all(map(_held4, samples))
    if asked == "int4":
        return (
            "int4",
            f"with int4 weights as asked: {'nothing is lost' if lossless else 'it writes a little worse'}",
        )
    if lossless:
        return "int4", "with int4 weights: nothing is lost"
    own: Kind = "bfloat16" if dtype is torch.bfloat16 and multiplies_pairs() else "plain"
    return own, f"with its own weights{': int4 would lose something' if asked == 'auto' else ''}"


def _held4(weight: Tensor) -> bool:
    return fits(weight) and keeps4(weight)


def _samples(model: PreTrainedModel) -> Sequence[Tensor]:
    body: Any = model.base_model
    return [body.layers[0].get_parameter(name) for name in SAMPLES]
