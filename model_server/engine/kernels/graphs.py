"""What a GPU does for a call, recorded and done again without Python between its kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

Call = Callable[[], Tensor]

REHEARSALS = 2
"""Calls before the recording: the first compiles kernels and sets up the libraries."""


def record(call: Call) -> Call:
    """Record what a GPU does for a call; give what does that again, with what then lies in the same memory.

    The call asks the GPU nothing and has no choice but by shapes. What it gives is overwritten by the next
    recorded call of any kind. Raises RuntimeError where it cannot be recorded.
    """
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(REHEARSALS):
            call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, pool=_pool()):
        output = call()

    def again() -> Tensor:
        graph.replay()
        return output

    return again


@cache
def _pool() -> Any:
    """Give the memory that all recordings share, for they are never done at once."""
    return torch.cuda.graph_pool_handle()
