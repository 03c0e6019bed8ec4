"""From chances to a token, by inverting the cumulative distribution in the order of the vocabulary."""

from __future__ import annotations

import torch
from torch import Tensor

from model_server.engine.sampling.shortlist import in_blocks

WIDE = 4096
"""From this width on a block is found first, then a place in it: adding up a whole vocabulary exactly is slow."""
BELOW_ONE = 1 - 1e-12


def draw(chances: Tensor, at: Tensor) -> Tensor:
    """Draw one of each row.

    chances: (batch, width) ≥ 0, not all 0; at: (batch,) float64 in [0, 1). Returns places (batch,), never one of chance 0.
    """
    if chances.shape[-1] < WIDE:
        return _inverted(chances.cumsum(-1, dtype=torch.float64), at)
    blocks = in_blocks(chances, 0.0)
    reached = blocks.sum(-1).cumsum(-1, dtype=torch.float64)
    block = _inverted(reached, at)
    row = torch.arange(len(blocks))
    inside = blocks[row, block]
    through = (at * reached[:, -1] - reached[row, block]) / inside.sum(-1) + 1
    place = _inverted(inside.cumsum(-1, dtype=torch.float64), through.clamp(min=0))
    return block * blocks.shape[-1] + place


def draw_apart(chances: Tensor, ids: Tensor, at: Tensor, taken: set[int]) -> Tensor:
    """Draw a place whose id is not taken, and take it; where none is left, all are free again.

    chances, ids: (width,); at: () float64. Returns ().
    """
    left = chances.masked_fill(torch.isin(ids, torch.tensor(sorted(taken), dtype=torch.long)), 0)
    if not left.any():
        taken.clear()
        left = chances
    place = draw(left[None], at[None])[0]
    taken.add(int(ids[place]))
    return place


def _inverted(reached: Tensor, at: Tensor) -> Tensor:
    """Give the place in which each number falls: cumulative chances (batch, width), numbers (batch,) to places (batch,)."""
    wanted = at.clamp(max=BELOW_ONE) * reached[:, -1]
    return torch.searchsorted(reached, wanted[:, None], right=True).squeeze(1)
