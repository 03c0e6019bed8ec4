"""Which failures of a step mean that memory is short."""

from __future__ import annotations

import torch

SHORT = ("can't allocate memory", "not enough memory", "out of memory")
"""What PyTorch says in a plain RuntimeError where it has no error of its own for it."""


def out_of_memory(error: BaseException) -> bool:
    """Say whether with less to do there would have been no failure."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in SHORT)
