"""What stands between the products of a layer: norms with the sums before them, and gates."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

BLOCK = 1024
"""Numbers of a gate that a program takes."""


def normed(x: Tensor, added: Tensor | None, weight: Tensor, eps: float) -> Tensor:
    """Add to x (tokens, width), in place, and give the norm by root mean square of the sum (Zhang and Sennrich, 2019, arXiv:1910.07467)."""
    y, width = torch.empty_like(x), x.shape[1]
    _norm[(len(x),)](
        x,
        x if added is None else added,
        weight,
        y,
        width,
        eps,
        ADDS=added is not None,
        BLOCK=triton.next_power_of_2(width),
    )
    return y


def gated(gate_up: Tensor) -> Tensor:
    """Give silu(gate) * up (tokens, width) of both side by side (tokens, 2 width): SwiGLU (Shazeer, 2020, arXiv:2002.05202)."""
    tokens, width = len(gate_up), gate_up.shape[1] // 2
    y = gate_up.new_empty((tokens, width))
    _gate[tokens, triton.cdiv(width, BLOCK)](gate_up, y, width, BLOCK=BLOCK)
    return y


@triton.jit
def _norm(x, added, weight, y, width, eps, ADDS: tl.constexpr, BLOCK: tl.constexpr):  # noqa: N803
    """One token."""
    dim = tl.arange(0, BLOCK)
    there = dim < width
    own = tl.program_id(0).to(tl.int64) * width + dim
    value = tl.load(x + own, mask=there, other=0.0).to(tl.float32)
    if ADDS:
        value += tl.load(added + own, mask=there, other=0.0).to(tl.float32)
        tl.store(x + own, value, mask=there)
    by = tl.rsqrt(tl.sum(value * value, 0) / width + eps)
    tl.store(y + own, value * by * tl.load(weight + dim, mask=there, other=0.0).to(tl.float32), mask=there)


@triton.jit
def _gate(gate_up, y, width, BLOCK: tl.constexpr):  # noqa: N803
    """A part of one token."""
    token, dim = tl.program_id(0).to(tl.int64), tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    there = dim < width
    gate = tl.load(gate_up + token * 2 * width + dim, mask=there, other=0.0).to(tl.float32)
    up = tl.load(gate_up + token * 2 * width + width + dim, mask=there, other=0.0).to(tl.float32)
    tl.store(y + token * width + dim, gate / (1 + tl.exp(-gate)) * up, mask=there)
