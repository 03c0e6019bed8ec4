"""How much memory a model takes, told by its configuration before any of it is read, and whether that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from accelerate.utils import convert_file_size_to_int
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.pages import PAGE, pages_of
from model_server.engine.placement import PACKED, Placement
from model_server.findings import Finding, fail, mend, ok
from model_server.loading import UNLOADABLE, context_of, does_not_load
from model_server.machine import Machine, gigabytes
from model_server.options import Options
from model_server.sources import Source

COPY = {"int4": 0.75, "int8": 1.125}
"""Bytes that a packed weight takes, with its share of the scales, beside the one that reads."""
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
    """Tell by a model's configuration what it takes. Raises StartFault."""
    try:
        config: Any = AutoConfig.from_pretrained(source.path, trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except UNLOADABLE as error:
        raise does_not_load(source.name, error) from error
    text = config.get_text_config()
    heads = getattr(text, "num_key_value_heads", None) or text.num_attention_heads
    width = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    return Need(
        weights=int(model.num_parameters() * _bytes_a_weight(config, placement, options.dtype)),
        token=2 * text.num_hidden_layers * heads * width * placement.dtype.itemsize,
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


def _bytes_a_weight(config: Any, placement: Placement, asked: str) -> float:
    """On a CPU a model is read in the precision of its files and then cast, beside a packed copy if it writes with one."""
    if placement.device_map != {"": "cpu"}:
        return placement.dtype.itemsize
    stored = getattr(config, "dtype", None) or torch.float32
    fitting = asked in PACKED or (asked == "auto" and placement.dtype == torch.bfloat16)
    copy = COPY["int8" if asked == "int8" else "int4"] if fitting else 0
    return max(stored.itemsize, placement.dtype.itemsize) + copy


def _capped(free: int, caps: Mapping[int | str, int | str], device: int | str) -> int:
    return min(free, convert_file_size_to_int(caps[device])) if device in caps else free
