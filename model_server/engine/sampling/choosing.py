"""From logits to tokens, for a batch: in float32 on the CPU, in as few passes over the vocabulary as can be.

The order is: the grammar's mask; repetition, presence and frequency penalties; additions (logit_bias, DRY, what
is forbidden at this place); the cuts in the order of `CUTS`; the draw. Every row draws with a number of its own
generator, so its neighbours in the batch have no part in what it writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model_server.engine.interface import Sampling
from model_server.engine.sampling.drawing import draw, draw_apart
from model_server.engine.sampling.order import Settings, cut
from model_server.engine.sampling.penalties import Seen, penalise
from model_server.engine.sampling.shortlist import Found, find

Addition = tuple[NDArray[np.int64], NDArray[np.float32] | float]
"""Ids, each once, and what is added to their logits: (ids,), or one number for all."""

NOTHING = -1
"""Instead of a token where nothing may be drawn."""


@dataclass(frozen=True)
class Ask:
    """What one row asks for at one token."""

    settings: Settings
    at: float
    """The number in [0, 1) that decides."""
    sampling: Sampling
    seen: Seen | None = None
    """What the penalties count, where there are any."""
    added: Sequence[Addition] = ()
    allowed: NDArray[np.bool_] | None = None
    """(vocab,): what a grammar allows."""
    avoid: set[int] | None = None
    """Ids that are not drawn as long as there are others; the drawn one is added."""


@torch.inference_mode()
def choose(logits: Tensor, asks: Sequence[Ask]) -> list[int]:
    """Draw a token for each row, NOTHING where none is left. Changes the logits (batch, vocab) in place."""
    weigh(logits, asks)
    return pick(logits, asks)


def weigh(logits: Tensor, asks: Sequence[Ask]) -> None:
    """Mask, penalise and add, in place."""
    for row, ask in zip(logits.numpy(), asks, strict=True):
        if ask.allowed is not None:
            row[~ask.allowed] = -np.inf
        if ask.seen is not None:
            penalise(row, ask.seen, ask.sampling)
        for ids, amounts in ask.added:
            row[ids] += amounts


def pick(logits: Tensor, asks: Sequence[Ask]) -> list[int]:
    """Cut and draw: weighed logits (batch, vocab) to ids, NOTHING where a row has none that is finite."""
    tokens = [NOTHING] * len(asks)
    for found in find(logits, [ask.settings for ask in asks]):
        drawn = _drawn(found, [asks[row] for row in found.rows])
        for row, token in zip(found.rows, drawn, strict=True):
            tokens[row] = token
    return tokens


def _drawn(found: Found, asks: Sequence[Ask]) -> list[int]:
    chances = cut(found.logits, found.settings).softmax(-1)
    at = torch.tensor([ask.at for ask in asks], dtype=torch.float64)
    places = draw(chances, at)
    for row, ask in enumerate(asks):
        if ask.avoid is not None:
            places[row] = draw_apart(chances[row], found.ids_of(row), at[row], ask.avoid)
    return places.tolist() if found.ids is None else found.ids.gather(1, places[:, None])[:, 0].tolist()
