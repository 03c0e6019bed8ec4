"""The key-value cache in pages, as transformers' models fill and read it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch
from torch import Tensor
from transformers.cache_utils import Cache

from model_server.engine.pages import PAGE


@dataclass
class Layer:
    """Keys (pages, heads, width, PAGE) and values (pages, heads, PAGE, width) of one layer.

    Keys lie with their tokens side by side: so the scores of a page's tokens are sums of whole vectors. Where
    numbers are multiplied several at once, those of one sum lie side by side: (width / together, PAGE,
    together) and (PAGE / together, width, together) in the same room.
    """

    keys: Tensor
    values: Tensor
    together: int

    def put(self, pages: Tensor, slots: Tensor, keys: Tensor, values: Tensor) -> None:
        """Store keys and values (tokens, heads, width) at these pages (tokens,) and places there (tokens,)."""
        part = self.together
        into, beside = self._parted()
        into[pages, :, :, slots] = keys.unflatten(-1, (-1, part)).to(into.dtype)
        beside[pages, :, slots // part, :, slots % part] = values.to(beside.dtype)

    def of(self, tables: Tensor) -> tuple[Tensor, Tensor]:
        """Give keys and values (batch, heads, tokens, width) of all pages of these tables (batch, pages)."""
        keys, values = (held[tables] for held in self._parted())
        keys = keys.permute(0, 2, 1, 4, 3, 5).flatten(4).flatten(2, 3)
        return keys, values.permute(0, 2, 1, 3, 5, 4).flatten(2, 4)

    def _parted(self) -> tuple[Tensor, Tensor]:
        """Give keys (pages, heads, width / together, PAGE, together) and values (…, PAGE / together, width, together)."""
        pages, heads, width, _ = self.keys.shape
        keys = self.keys.view(pages, heads, width // self.together, PAGE, self.together)
        return keys, self.values.view(pages, heads, PAGE // self.together, -1, self.together)


@dataclass(frozen=True)
class Place:
    """Where the coming tokens go, and what each row of the batch may attend to.

    pages, slots: (batch * tokens,), the page of each new token and its place there; tables: (batch, pages),
    of which the first `reach` tokens are looked at.
    """

    pages: Tensor
    slots: Tensor
    tables: Tensor
    reach: int
    moved: dict[torch.device, tuple[Tensor, Tensor, Tensor]] = field(
        default_factory=dict[torch.device, tuple[Tensor, Tensor, Tensor]]
    )

    def on(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Give pages, slots and tables on a device."""
        if device not in self.moved:
            self.moved[device] = self.pages.to(device), self.slots.to(device), self.tables.to(device)
        return self.moved[device]


class Store(Cache):
    """A cache for transformers' models. The caller says by `place` where the next tokens go, and masks the rest.

    A layer lies on the device on which it computes. On a CPU a page takes memory when it is first used.
    """

    def __init__(self, pages: int, dtype: torch.dtype | None = None) -> None:
        """Have so many pages, in this precision, or in that of the model. Bfloat16 that is asked for is multiplied in pairs."""
        super().__init__(layers=[])
        self.pages = pages
        self.dtype = dtype
        self.together = 2 if dtype is torch.bfloat16 else 1
        self.held: dict[int, Layer] = {}
        self.place = Place(*(torch.empty(0, dtype=torch.long) for _ in range(3)), reach=0)

    def update(
        self, key_states: Tensor, value_states: Tensor, layer_idx: int, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Store new keys and values (batch, heads, tokens, width); give all that the batch may attend to."""
        layer = self.held.get(layer_idx) or self._empty(layer_idx, key_states, value_states)
        pages, slots, tables = self.place.on(key_states.device)
        new = (states.transpose(1, 2).flatten(0, 1) for states in (key_states, value_states))
        layer.put(pages, slots, *new)
        keys, values = (held[:, :, : self.place.reach] for held in layer.of(tables))
        return keys.to(key_states.dtype), values.to(value_states.dtype)

    def reserve(self, layers: int, like: Tensor) -> list[Layer]:
        """Give so many layers, for keys and values such as these (batch, heads, tokens, width)."""
        return [self.held.get(index) or self._empty(index, like, like) for index in range(layers)]

    def copy(self, source: int, target: int) -> None:
        """Give one page what another holds."""
        for layer in self.held.values():
            layer.keys[target] = layer.keys[source]
            layer.values[target] = layer.values[source]

    def _empty(self, index: int, keys: Tensor, values: Tensor) -> Layer:
        heads, width, other = keys.shape[1], keys.shape[3], values.shape[3]
        keys, values = keys.to(self.dtype), values.to(self.dtype)
        self.held[index] = Layer(
            _zeros(keys, self.pages, heads, width, PAGE),
            _zeros(values, self.pages, heads, PAGE, other),
            self.together,
        )
        return self.held[index]


def _zeros(like: Tensor, *shape: int) -> Tensor:
    """Give zeros, for masked places are still multiplied. On a CPU the system hands them out as they are touched."""
    if like.device.type != "cpu":
        return like.new_zeros(shape)
    untouched = numpy.zeros(math.prod(shape) * like.element_size(), dtype=numpy.uint8)
    return torch.from_numpy(untouched).view(like.dtype).view(shape)
