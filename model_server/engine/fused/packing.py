"""Weights in four or eight bits: groups of GROUP neighbours share a scale, as in GGUF's Q4_1 and Q8_0."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 32
EXACT = 1e-5
"""What a weight may be off, by the largest of its matrix, and still count as unchanged: float16 scales are coarser."""

Packed = tuple[Tensor, Tensor]
"""Weights and scales, as the compiled step takes them."""


def fits(weight: Tensor) -> bool:
    """Say whether a matrix (out, in) can be packed."""
    return weight.shape[0] % 16 == 0 and weight.shape[1] % GROUP == 0


def steps4(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Put a matrix (out, in) on a grid of sixteen steps a group: whole numbers, step, least, the last two (out, groups).

    The ends of a group are met exactly, so a matrix that has been on such a grid keeps its values.
    """
    groups = weight.float().unflatten(1, (-1, GROUP))
    least, most = groups.amin(-1), groups.amax(-1)
    step = (most - least) / 15
    numbers = ((groups - least[..., None]) / step.clamp(min=1e-12)[..., None]).round().clamp(0, 15)
    return numbers.flatten(1), step, least


def keeps4(weight: Tensor) -> bool:
    """Say whether a matrix loses nothing when it is packed into four bits: it was on such a grid before."""
    numbers, step, least = steps4(weight)
    again = numbers.unflatten(1, (-1, GROUP)) * step[..., None] + least[..., None]
    return bool((again.flatten(1) - weight).abs().max() <= EXACT * weight.abs().max())


def pack4(weight: Tensor) -> Packed:
    """Pack a matrix for torch's int4 kernel: (packed, scales and zeros (groups, out, 2) in bfloat16)."""
    numbers, step, least = steps4(weight)
    scales = torch.stack((step, least + 8 * step), -1).transpose(0, 1).contiguous().bfloat16()
    return torch.ops.aten._convert_weight_to_int4pack_for_cpu(numbers.int(), 1), scales


def pack8(weight: Tensor) -> Packed:
    """Pack a matrix for our int8 product: (int8 (out, in), scales (out, groups) in float32)."""
    groups = weight.float().unflatten(1, (-1, GROUP))
    scales = groups.abs().amax(-1) / 127
    numbers = (groups / scales.clamp(min=1e-12)[..., None]).round()
    return numbers.flatten(1).to(torch.int8), scales
