"""Weights in blocks of outputs: in four or eight bits, of which GROUP neighbours share a scale, as in GGUF's Q4_1 and Q8_0; or in bfloat16."""

from __future__ import annotations

import torch
from torch import Tensor

GROUP = 32
BLOCK = 16
QUAD = 4
PAIR = 2
EXACT = 1e-5
"""What a weight may be off, by the largest of its matrix, and still count as unchanged: float16 scales are coarser."""

Packed = tuple[Tensor, Tensor | None]
"""Weights, and the numbers beside them in float16, as the compiled layers take them."""

PAIRS = ("avx512_bf16", "avx512_vnni", "avx512_bw")
"""What a CPU can that multiplies bfloat16 in pairs, in vectors as wide as a block."""


def fits(weight: Tensor) -> bool:
    """Say whether a matrix (out, in) can be packed."""
    return weight.shape[0] % BLOCK == 0 and weight.shape[1] % GROUP == 0


def multiplies_pairs() -> bool:
    """Say whether this CPU multiplies bfloat16 in pairs."""
    can = torch.cpu.get_capabilities()
    return all(can.get(name) for name in PAIRS)


def steps4(weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Put a matrix (out, in) on a grid of sixteen steps a group: whole numbers, step, least, the last two (out, groups).

    Step and least are numbers that float16 holds, as in a GGUF; a matrix that was on such a grid keeps its values.
    """
    groups = weight.float().unflatten(1, (-1, GROUP))
    least = groups.amin(-1).half().float()
    step = ((groups.amax(-1) - least) / 15).half().float()
    numbers = ((groups - least[..., None]) / step.clamp(min=1e-12)[..., None]).round().clamp(0, 15)
    return numbers.flatten(1), step, least


def keeps4(weight: Tensor) -> bool:
    """Say whether a matrix loses nothing when it is packed into four bits: it was on such a grid before."""
    numbers, step, least = steps4(weight)
    again = numbers.unflatten(1, (-1, GROUP)) * step[..., None] + least[..., None]
    return bool((again.flatten(1) - weight).abs().max() <= EXACT * weight.abs().max())


def pack4(weight: Tensor) -> Packed:
    """Pack a matrix: bytes (out / BLOCK, in / 8, BLOCK, QUAD), and steps and leasts (out / BLOCK, groups, 2, BLOCK)."""
    numbers, step, least = steps4(weight)
    # A byte holds two inputs of one output that are four apart: the first in its low half.
    halves = _together(numbers.to(torch.uint8), QUAD).unflatten(1, (-1, 2)).unbind(2)
    beside = torch.stack((step, least)).unflatten(1, (-1, BLOCK)).permute(1, 3, 0, 2)
    return (halves[0] | halves[1] << 4).contiguous(), beside.half().contiguous()


def pack8(weight: Tensor) -> Packed:
    """Pack a matrix: int8 (out / BLOCK, in / QUAD, BLOCK, QUAD), and scales (out / BLOCK, groups, BLOCK)."""
    numbers, scales = steps8(weight)
    beside = scales.unflatten(0, (-1, BLOCK)).transpose(1, 2)
    return _together(numbers.to(torch.int8), QUAD).contiguous(), beside.half().contiguous()


def pack16(weight: Tensor) -> Packed:
    """Pack a matrix: bfloat16 (out / BLOCK, in / PAIR, BLOCK, PAIR)."""
    return _together(weight.bfloat16(), PAIR).contiguous(), None


def steps8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Put a matrix (out, in) on a grid of whole numbers from -127 to 127 a group: the numbers, and scales (out, groups)."""
    groups = weight.float().unflatten(1, (-1, GROUP))
    scales = (groups.abs().amax(-1) / 127).half().float()
    numbers = (groups / scales.clamp(min=1e-12)[..., None]).round().clamp(-127, 127)
    return numbers.flatten(1), scales


def _together(numbers: Tensor, inputs: int) -> Tensor:
    """Let the weights of some inputs lie side by side, for each output of a block: (out / BLOCK, in / inputs, BLOCK, inputs)."""
    return numbers.unflatten(0, (-1, BLOCK)).unflatten(2, (-1, inputs)).transpose(1, 2)
