"""The key-value cache of a batch: one tensor a layer, one row a sequence, each row as long as its own text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache

STRIDE = 512
KEPT = 16 * STRIDE
"""Tokens, of all rows together, whose memory is not given back between requests."""


@dataclass
class Layer:
    """Keys and values of one layer: (rows, heads, capacity, width)."""

    keys: Tensor
    values: Tensor


@dataclass(frozen=True)
class Place:
    """Where the tokens of the coming forward go: these rows, beginning at these positions.

    One row takes many tokens (reading), or rows 0, 1, 2, … take one token each (writing).
    """

    row: int
    starts: tuple[int, ...]
    tokens: int
    at: dict[torch.device, tuple[Tensor, Tensor]] = field(
        default_factory=dict[torch.device, tuple[Tensor, Tensor]]
    )

    @property
    def end(self) -> int:
        """How far the attention of the longest row reaches."""
        return max(self.starts) + self.tokens

    def indices(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """Give row and position of each token to be written, on this device."""
        if device not in self.at:
            rows = torch.arange(self.row, self.row + len(self.starts), device=device)
            self.at[device] = rows, torch.tensor(self.starts, device=device)
        return self.at[device]


class Rows(Cache):
    """A cache for transformers' models. The caller says by `place` where the next tokens go, and masks the rest.

    Memory grows in doublings, with the rows in use and the longest of them, on the device on which the layer computes.
    """

    def __init__(self, rows: int) -> None:
        super().__init__(layers=[])
        self.rows = rows
        self.store: dict[int, Layer] = {}
        self.place = Place(0, (0,), 1)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values (batch, heads, tokens, width); give all that the batch may attend to."""
        place = self.place
        layer = self.reserve(
            layer_idx, Layer(key_states, value_states), place.row + len(place.starts), place.end
        )
        if len(place.starts) == 1:
            layer.keys[place.row, :, place.starts[0] : place.end] = key_states[0]
            layer.values[place.row, :, place.starts[0] : place.end] = value_states[0]
        else:
            rows, positions = place.indices(key_states.device)
            layer.keys[rows, :, positions] = key_states[:, :, 0]
            layer.values[rows, :, positions] = value_states[:, :, 0]
        batch = slice(place.row, place.row + len(place.starts))
        return layer.keys[batch, :, : place.end], layer.values[batch, :, : place.end]

    def reserve(self, index: int, like: Layer, rows: int, end: int) -> Layer:
        """Give a layer with at least so many rows, for texts of so many tokens; its heads and width are those of `like`."""
        layer = self.store.get(index)
        had = (0, 0) if layer is None else (layer.keys.shape[0], layer.keys.shape[2])
        if layer is None or had[0] < rows or had[1] < end:
            room = min(_doubled(max(1, had[0]), rows), self.rows), _doubled(max(STRIDE, had[1]), end)
            grown = Layer(_zeros(like.keys, *room), _zeros(like.values, *room))
            if layer is not None:
                grown.keys[: had[0], :, : had[1]] = layer.keys
                grown.values[: had[0], :, : had[1]] = layer.values
            self.store[index] = layer = grown
        return layer

    def copy(self, source: int, targets: list[int], length: int) -> None:
        """Give other rows the first `length` tokens of one."""
        for index, held in list(self.store.items()):
            layer = self.reserve(index, held, max(targets) + 1, length)
            for tensor in (layer.keys, layer.values):
                tensor[targets, :, :length] = tensor[source, :, :length]

    def shrink(self) -> None:
        """Give a grown cache's memory back; only while no row is in use."""
        if any(layer.keys.shape[0] * layer.keys.shape[2] > KEPT for layer in self.store.values()):
            self.store.clear()


def _doubled(size: int, least: int) -> int:
    while size < least:
        size *= 2
    return size


def _zeros(like: Tensor, rows: int, capacity: int) -> Tensor:
    # Masked places are still multiplied by zero, so what they hold must be finite.
    return like.new_zeros(rows, like.shape[1], capacity, like.shape[3])
