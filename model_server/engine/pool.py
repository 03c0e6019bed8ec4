"""The keys and values of kept blocks, beside the rows in which texts are read and written."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from model_server.engine.prefixes import BLOCK
from model_server.engine.rows import Layer, Rows


class Pool:
    """One tensor a layer, (slots, heads, BLOCK, width). Memory is taken when the first block is kept."""

    def __init__(self, rows: Rows, slots: int) -> None:
        self._rows = rows
        self._slots = slots
        self._kept: dict[int, Layer] = {}

    def put(self, row: int, blocks: Sequence[int], slots: Sequence[int]) -> None:
        """Keep these blocks of a row's text in these slots."""
        for index, layer in self._rows.store.items():
            kept = self._kept.get(index) or self._empty(index, layer)
            for pooled, written in ((kept.keys, layer.keys), (kept.values, layer.values)):
                in_blocks = written[row].unflatten(1, (-1, BLOCK)).transpose(0, 1)
                pooled[list(slots)] = in_blocks[list(blocks)]

    def get(self, row: int, slots: Sequence[int]) -> None:
        """Let a row begin with what these slots hold."""
        end = len(slots) * BLOCK
        for index, kept in self._kept.items():
            layer = self._rows.reserve(index, kept, row + 1, end)
            for pooled, written in ((kept.keys, layer.keys), (kept.values, layer.values)):
                written[row, :, :end] = pooled[list(slots)].transpose(0, 1).flatten(1, 2)

    def _empty(self, index: int, like: Layer) -> Layer:
        self._kept[index] = Layer(self._room(like.keys), self._room(like.values))
        return self._kept[index]

    def _room(self, like: Tensor) -> Tensor:
        return like.new_empty(self._slots, like.shape[1], BLOCK, like.shape[3])
