"""Top-p: the nucleus."""

from __future__ import annotations

import torch
from torch import Tensor

HEAD = 512
"""How many of the likeliest tokens are looked at first: sorting all of a vocabulary is slow, a head seldom too short."""


def top_p(logits: Tensor, p: Tensor) -> Tensor:
    """Keep the fewest likeliest tokens whose probabilities reach p, equal ones together (Holtzman et al., 2019, arXiv:1904.09751).

    logits: (batch, width); p: (batch,) > 0, from 1 on a row is switched off. Returns logits with -inf where dropped.
    """
    chances = logits.softmax(-1)
    least = _least_kept(chances, p, min(HEAD, chances.shape[-1]))
    return logits.masked_fill((chances < least) & (p < 1)[:, None], -torch.inf)


def _least_kept(chances: Tensor, p: Tensor, head: int) -> Tensor:
    """Give the smallest of the fewest chances that reach p, (batch, 1)."""
    ordered = chances.topk(head, dim=-1).values
    reached = ordered.cumsum(-1)
    if head < chances.shape[-1] and ((reached[:, -1] < p) & (p < 1)).any():
        return _least_kept(chances, p, chances.shape[-1])
    kept = reached - ordered < p[:, None]
    kept[:, 0] = True
    return ordered.masked_fill(~kept, torch.inf).amin(-1, keepdim=True)
