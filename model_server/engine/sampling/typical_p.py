"""Typical sampling: what surprises neither less nor more than the model expects."""

from __future__ import annotations

import torch
from torch import Tensor


def typical_p(logits: Tensor, p: Tensor) -> Tensor:
    """Keep the fewest tokens of about the expected surprise whose probabilities reach p (Meister et al., 2022, arXiv:2202.00666).

    logits: (batch, width); p: (batch,) > 0, from 1 on a row is switched off. Returns logits with -inf where dropped.
    """
    scores = logits.log_softmax(-1)
    chances = scores.exp()
    possible = chances > 0
    surprise = -torch.where(possible, scores, 0)
    expected = (chances * surprise).sum(-1, keepdim=True)
    away = torch.where(possible, (surprise - expected).abs(), torch.inf)
    order = away.argsort(dim=-1, stable=True)
    ordered = chances.gather(1, order)
    kept = ordered.cumsum(-1) - ordered < p[:, None]
    kept[:, 0] = True
    kept = torch.zeros_like(kept).scatter_(1, order, kept)
    return logits.masked_fill(~kept & (p < 1)[:, None], -torch.inf)
