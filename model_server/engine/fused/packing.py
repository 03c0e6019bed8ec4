"""Weights in four or eight bits: groups of GROUP neighbours share a scale, as in GGUF's Q4_1 and Q8_0."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 32
LANES = 16
EXACT = 1e-5
"""What a weight may be off, by the largest of its matrix, and still count as unchanged: float16 scales are coarser."""

Packed = tuple[Tensor, Tensor]
"""Weights and scales, as the compiled step takes them."""


def fits(weight: Tensor) -> bool:
    """Say whether a matrix (out, in) can be packed."""
    return weight.shape[0] % LANES == 0 and weight.shape[1] % GROUP == 0


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
    """Pack a matrix: bytes (out / LANES, in / 4, 2 LANES), and steps and leasts (out / LANES, groups, 2, LANES) in float32."""
    numbers, step, least = steps4(weight)
    # A byte holds two pairs of inputs of one output: the first pair in its low half.
    halves = numbers.to(torch.uint8).view(-1, LANES, weight.shape[1] // 4, 2, 2).permute(3, 0, 2, 1, 4)
    scales = torch.stack((step, least)).unflatten(1, (-1, LANES)).permute(1, 3, 0, 2)
    return (halves[0] | halves[1] << 4).flatten(2).contiguous(), scales.contiguous()


def pack8(weight: Tensor) -> Packed:
    """Pack a matrix: int8 (out / LANES, in / 2, 2 LANES), and scales (out / LANES, groups, LANES) in float32."""
    numbers, scales = steps8(weight)
    pairs = numbers.to(torch.int8).view(-1, LANES, weight.shape[1] // 2, 2).transpose(1, 2)
    return pairs.flatten(2).contiguous(), scales.unflatten(0, (-1, LANES)).transpose(1, 2).contiguous()


def steps8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Put a matrix (out, in) on a grid of whole numbers from -127 to 127 a group: the numbers, and scales (out, groups)."""
    groups = weight.float().unflatten(1, (-1, GROUP))
    scales = groups.abs().amax(-1) / 127
    numbers = (groups / scales.clamp(min=1e-12)[..., None]).round()
    return numbers.flatten(1), scales
