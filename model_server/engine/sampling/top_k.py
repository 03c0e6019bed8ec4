"""Top-k: a number of the likeliest."""

from __future__ import annotations

import torch
from torch import Tensor


def top_k(logits: Tensor, k: Tensor) -> Tensor:
    """Keep the k likeliest tokens, with those as likely as the last of them (Fan et al., 2018, arXiv:1805.04833).

    logits: (batch, width); k: (batch,) whole numbers, 0 switches a row off. Returns logits with -inf where dropped.
    """
    width = logits.shape[-1]
    place = k.long().clamp(max=width)
    best = logits.topk(int(place.max().clamp(min=1)), dim=-1).values
    least = best.gather(1, (place - 1).clamp(min=0)[:, None])
    return logits.masked_fill((logits < least) & (place > 0)[:, None], -torch.inf)
