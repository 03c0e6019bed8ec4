"""Who the new tokens of a forward are, as every kernel is told."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from model_server.engine.layout import Shape

QUERIES = 64
"""Queries that look at a text together, at most."""


@dataclass(frozen=True)
class Batch:
    """The new tokens: one row's next ones, or each another row's. All of it lies on the GPU.

    tables: (rows, pages) int32; owners: (tokens,), the row of each token; lengths: (tokens,), how long its
    text is with it; cosine, sine: (tokens, width), of its position.
    """

    tables: Tensor
    owners: Tensor
    lengths: Tensor
    cosine: Tensor
    sine: Tensor

    def tile(self, shape: Shape) -> int:
        """Give how many neighbouring tokens go together."""
        of_one = len(self.tables) == 1 and len(self.lengths) > 1
        return max(1, QUERIES // shape.shared) if of_one else 1
