"""XTC: exclude top choices."""

from __future__ import annotations

import torch
from torch import Tensor


def xtc(logits: Tensor, threshold: Tensor) -> Tensor:
    """Drop all but the least likely of the tokens whose chance reaches the threshold (p-e-w, text-generation-webui PR 6335).

    How often a request does so at all is decided outside: its threshold is 1 for the other tokens.
    logits: (batch, width); threshold: (batch,) in [0, 1], above 0.5 nothing is dropped. Returns logits with -inf where dropped.
    """
    chances = logits.softmax(-1)
    top = (chances >= threshold[:, None]) & (chances > 0)
    least = chances.masked_fill(~top, torch.inf).amin(-1, keepdim=True)
    return logits.masked_fill(top & (chances > least), -torch.inf)
