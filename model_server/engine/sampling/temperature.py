"""Temperature: how far the likelier tokens are ahead."""

from __future__ import annotations

import torch
from torch import Tensor


def scale(logits: Tensor, temperature: Tensor) -> Tensor:
    """Divide by the temperature; 0 leaves the likeliest token alone.

    logits: (batch, width); temperature: (batch,) ≥ 0. Returns logits, -inf for what a temperature of 0 rules out.
    """
    scaled = logits / temperature.clamp(min=1e-6)[:, None]
    greedy = (temperature == 0)[:, None]
    if not greedy.any():
        return scaled
    best = torch.zeros_like(logits, dtype=torch.bool).scatter_(1, logits.argmax(-1, keepdim=True), True)
    return torch.where(greedy, logits.masked_fill(~best, -torch.inf), scaled)
