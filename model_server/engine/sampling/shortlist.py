"""The few tokens that can be drawn at all, found in one pass over a vocabulary's logits.

Here NumPy does what is small: its calls cost a fraction of PyTorch's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from model_server.engine.sampling.order import Settings

Numbers = NDArray[np.float32]

BLOCK = 128
"""Tokens of which the likeliest is found first; only where that one is likely enough are the others looked at."""
TIGHT = 1e-4
"""Top-p is looked for among the tokens of at least this chance first."""
SLACK = 1e-3
"""How much lower a floor lies than the cut that it prepares, for rounding; in units of the temperature."""


@dataclass(frozen=True)
class Found:
    """What some rows of a batch are drawn from, in the order of the vocabulary."""

    rows: list[int]
    settings: Sequence[Settings]
    """Those of the rows, with top-p as a share of what is here."""
    logits: Tensor
    """(rows, width), -inf where a row has fewer."""
    ids: Tensor | None = None
    """(rows, width); None where it is the whole vocabulary."""

    def ids_of(self, row: int) -> Tensor:
        """Give the ids of a row, (width,)."""
        return torch.arange(self.logits.shape[-1]) if self.ids is None else self.ids[row]


def find(logits: Tensor, settings: Sequence[Settings]) -> Iterator[Found]:
    """Find for each row of logits (batch, vocab) that has a finite one what its cuts can leave, and a little more.

    Where no cut can be known beforehand, that is everything.
    """
    peaks = Peaks(logits)
    floors = peaks.floors(settings)
    nucleus = [row for row in np.flatnonzero(floors == -np.inf).tolist() if settings[row].top_p < 1]
    if nucleus:
        short, settings = peaks.with_nucleus(floors, settings, nucleus)
    else:
        short = peaks.above(floors)
    yield from _found(np.isfinite(floors), settings, short.logits, short.ids)
    yield from _found(floors == -np.inf, settings, logits, None)


def _found(
    which: NDArray[np.bool_], settings: Sequence[Settings], logits: Tensor, ids: Tensor | None
) -> Iterator[Found]:
    rows: list[int] = np.flatnonzero(which).tolist()
    if len(rows) == len(settings):
        yield Found(rows, settings, logits, ids)
    elif rows:
        part = [settings[row] for row in rows]
        yield Found(rows, part, logits[rows], None if ids is None else ids[rows])


@dataclass(frozen=True)
class Shortlist:
    """Some tokens of each row of a batch: ids and logits, both (batch, width), -inf where a row has fewer."""

    ids: Tensor
    logits: Tensor


class Peaks:
    """Logits (batch, vocab) in blocks, with the highest of each block."""

    def __init__(self, logits: Tensor) -> None:
        blocks = in_blocks(logits, -torch.inf)
        self.logits = logits
        self.maxima: Numbers = blocks.amax(-1).numpy()
        self._blocks: Numbers = blocks.numpy()

    def floors(self, rows: Sequence[Settings]) -> Numbers:
        """Give logits, (batch,), below which the cuts drop everything: -inf where none can be known without more work.

        That is inf where a row has nothing to draw from.
        """
        tops = self.maxima.max(-1).tolist()
        floors = [
            _floor(maxima, top, settings)
            for maxima, top, settings in zip(self.maxima, tops, rows, strict=True)
        ]
        return np.array(floors, dtype=np.float32)

    def above(self, floors: Numbers) -> Shortlist:
        """List what reaches a floor, (batch,), in each row; rows without one are left empty."""
        floors = np.where(floors == -np.inf, np.inf, floors)
        row, block = np.nonzero(self.maxima >= floors[:, None])
        near = self._blocks[row, block]
        hit, place = np.nonzero(near >= floors[row, None])
        row, block = row[hit], block[hit]
        sizes = np.bincount(row, minlength=len(floors))
        column = np.arange(len(row)) - (np.cumsum(sizes) - sizes)[row]
        shape = len(floors), max(1, int(sizes.max()))
        logits = np.full(shape, -np.inf, dtype=np.float32)
        ids = np.zeros(shape, dtype=np.int64)
        logits[row, column] = near[hit, place]
        ids[row, column] = block * BLOCK + place
        return Shortlist(torch.from_numpy(ids), torch.from_numpy(logits))

    def with_nucleus(
        self, floors: Numbers, rows: Sequence[Settings], which: Sequence[int]
    ) -> tuple[Shortlist, Sequence[Settings]]:
        """List also for those rows that top-p alone cuts: what is rather likely, and if that is less than p, all that may be needed.

        Sets their floors, and gives the settings with their top-p as shares of what is listed.
        """
        heats = torch.tensor([rows[row].temperature for row in which])[:, None]
        p = torch.tensor([rows[row].top_p for row in which])
        whole = (self.logits[which] / heats).logsumexp(-1, keepdim=True)
        for least in (torch.full_like(p, TIGHT), (1 - p) / self.logits.shape[-1]):
            wanted = (heats * (whole + least.log()[:, None] - SLACK)).squeeze(1).numpy()
            floors[which] = np.minimum(wanted, self.maxima[which].max(-1))  # rounding may lift it over all
            short = self.above(floors)
            share = (short.logits[which] / heats - whole).exp().sum(-1)
            if (share >= p).all():
                break
        fitted = list(rows)
        for row, top_p in zip(which, (p / share).tolist(), strict=True):
            fitted[row] = rows[row]._replace(top_p=top_p)
        return short, fitted


def in_blocks(rows: Tensor, filler: float) -> Tensor:
    """View rows (batch, width) as (batch, blocks, BLOCK); the last block is filled up."""
    if rows.shape[-1] % BLOCK:
        rows = pad(rows, (0, -rows.shape[-1] % BLOCK), value=filler)
    return rows.unflatten(-1, (-1, BLOCK))


def _floor(maxima: Numbers, top: float, settings: Settings) -> float:
    """Give the floor that min-p, top-k or a temperature of 0 make for a row whose blocks have these maxima."""
    if not math.isfinite(top):
        return math.inf
    if settings.temperature == 0:
        return top
    floor = -math.inf
    if settings.min_p:
        floor = top + settings.temperature * (math.log(settings.min_p) - SLACK)
    k = int(settings.top_k)
    if 0 < k <= len(maxima):
        # As many blocks hold a token that is at least this likely, so the k-th likeliest token is.
        floor = max(floor, float(np.partition(maxima, -k)[-k]))
    return floor
