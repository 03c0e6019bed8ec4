"""Min-p: what is unlikely beside the likeliest."""

from __future__ import annotations

import torch
from torch import Tensor


def min_p(logits: Tensor, p: Tensor) -> Tensor:
    """Drop tokens less likely than p times the likeliest (Nguyen et al., 2024, arXiv:2407.01082).

    logits: (batch, width); p: (batch,) in [0, 1], 0 switches a row off. Returns logits with -inf where dropped.
    """
    least = logits.amax(-1, keepdim=True) + p.log()[:, None]
    return logits.masked_fill(logits < least, -torch.inf)
