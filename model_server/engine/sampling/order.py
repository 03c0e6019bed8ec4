"""The samplers that leave tokens out, in their order: vLLM's, then the two that it does not have.

A new one is a file beside these, a line in `Settings`, and a line in `CUTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

import torch
from torch import Tensor

from model_server.engine.interface import Sampling
from model_server.engine.sampling.min_p import min_p
from model_server.engine.sampling.temperature import scale
from model_server.engine.sampling.top_k import top_k
from model_server.engine.sampling.top_p import top_p
from model_server.engine.sampling.typical_p import typical_p
from model_server.engine.sampling.xtc import xtc


class Settings(NamedTuple):
    """A row's settings at one token, one for each of the cuts. These change nothing."""

    temperature: float = 1.0
    min_p: float = 0.0
    top_k: float = 0.0
    top_p: float = 1.0
    typical_p: float = 1.0
    xtc_threshold: float = 1.0


@dataclass(frozen=True)
class Cut:
    """A sampler: (batch, width) logits and (batch,) of the setting of this name to logits."""

    setting: str
    apply: Callable[[Tensor, Tensor], Tensor]


CUTS: Final = (
    Cut("temperature", scale),
    Cut("min_p", min_p),
    Cut("top_k", top_k),
    Cut("top_p", top_p),
    Cut("typical_p", typical_p),
    Cut("xtc_threshold", xtc),
)
OFF: Final = Settings()
COLDEST: Final = 1e-6
"""A temperature below this one is taken for 0: dividing by it leaves no number that float32 can hold apart."""


def settings_of(sampling: Sampling, numbers: Random) -> Settings:
    """Give the settings for one token; how often XTC strikes, a number decides."""
    strikes = sampling.xtc_probability > 0 and numbers.random() < sampling.xtc_probability
    return Settings(
        sampling.temperature if sampling.temperature >= COLDEST else 0.0,
        sampling.min_p,
        sampling.top_k,
        sampling.top_p,
        sampling.typical_p,
        sampling.xtc_threshold if strikes else OFF.xtc_threshold,
    )


def cut(logits: Tensor, rows: Sequence[Settings]) -> Tensor:
    """Apply to logits (batch, width) the cuts that any of their rows asks for."""
    columns = list(zip(*rows, strict=True))
    wanted = [number for number, column in enumerate(columns) if any(one != OFF[number] for one in column)]
    values = torch.tensor([columns[number] for number in wanted])
    for number, column in zip(wanted, values, strict=True):
        logits = CUTS[number].apply(logits, column)
    return logits
