"""How a loaded model is to compute: with which weights, and compiled now, later or not at all."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from model_server.engine.fused import library
from model_server.engine.fused.packing import fits, keeps4
from model_server.engine.fused.stack import Compiled, Kind, Layout, lay_out, unfit
from model_server.engine.runner import Runner
from model_server.faults import StartFault

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """How a model is to compute: its weights laid out, or None for transformers' own layers, and that in words."""

    layout: Layout | None
    words: str

    @property
    def cache_dtype(self) -> torch.dtype | None:
        """The precision of keys and values: half, with packed weights, whose rounding is coarser; else the model's."""
        return torch.float16 if self.layout and self.layout.kind != "plain" else None


def pack(model: PreTrainedModel, asked: str, dtype: torch.dtype, cache: Path) -> Plan:
    """Lay a model's weights out as was asked for (auto, int4, int8 or a dtype), then cast the model's own to `dtype`.

    Raises StartFault where what was asked for needs more than there is.
    """
    can_be_made = library.path_in(cache).exists() or library.compiler()
    missing = unfit(model) or (None if can_be_made else "there is no C++ compiler (c++) here")
    if missing and asked in ("int4", "int8"):
        raise StartFault(f"--dtype {asked} cannot be used for this model: {missing}. Leave --dtype at auto.")
    if missing:
        cast(model, dtype)
        return Plan(None, f"by transformers' own layers: {missing}")
    kind, why = _kind(model, asked)
    if kind == "plain":
        cast(model, dtype)
    layout = lay_out(model, kind, dtype)
    cast(model, dtype)
    return Plan(layout, f"by compiled layers, {why}")


def cast(model: nn.Module, dtype: torch.dtype) -> None:
    """Give a model's weights another precision, where they have not got it yet."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)


def compute_with(runner: Runner, layout: Layout, cache: Path) -> None:
    """Let a runner compute by the compiled layers: at once where they are in the cache, else when they have been made."""
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


def _kind(model: PreTrainedModel, asked: str) -> tuple[Kind, str]:
    """Choose four bits where they lose nothing, the model's weights otherwise, unless something else is asked for."""
    if asked == "int8":
        return "int8", "with int8 weights as asked"
    lossless = asked in ("auto", "int4") and _keeps4(model)
    if asked == "int4":
        return (
            "int4",
            f"with int4 weights as asked: {'nothing is lost' if lossless else 'it writes a little worse'}",
        )
    if lossless:
        return "int4", "with int4 weights: nothing is lost"
    return "plain", f"with its own weights{': int4 would lose something' if asked == 'auto' else ''}"


def _keeps4(model: PreTrainedModel) -> bool:
    body: Any = model.base_model
    first = body.layers[0]
    weights = [first.self_attn.o_proj.weight, first.mlp.down_proj.weight]
    return all(fits(weight) and keeps4(weight) for weight in weights)
