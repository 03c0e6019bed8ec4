"""Adapters laid over rows: what a linear layer gives for a row, with what the row's adapter adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import torch
from torch import Tensor
from torch.utils.hooks import RemovableHandle
from transformers import PreTrainedModel

from model_server.engine.adapters.reading import Adapter


class Overlay:
    """Knows which row has which adapter, and adds to a model's linear layers as long as there is one.

    It hooks into the layers and leaves them as they are: whoever reads their weights finds the model's own.
    Rows of several adapters go through one forward, as in Punica (Chen et al., 2023, arXiv:2310.18547).
    """

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._over: dict[int, Adapter] = {}
        self._hooks: dict[str, RemovableHandle] = {}
        self._groups: list[tuple[Adapter, Tensor]] = []
        self._batch = 0

    def lay(self, adapter: Adapter | None, rows: Iterable[int]) -> None:
        """Lay an adapter over rows, or none."""
        if adapter is None:
            self.lift(rows)
            return
        self._over.update(dict.fromkeys(rows, adapter))

    def lift(self, rows: Iterable[int]) -> None:
        """Leave these rows to the model itself."""
        for row in rows:
            self._over.pop(row, None)
        if not self._over:
            while self._hooks:
                self._hooks.popitem()[1].remove()

    def over(self, row: int) -> Adapter | None:
        """Give the adapter that lies over a row."""
        return self._over.get(row)

    def salted(self, row: int, salt: str) -> str:
        """Give a salt that only rows of the same adapter can have: a digest has no slash."""
        adapter = self._over.get(row)
        return f"{adapter.digest if adapter else ''}/{salt}"

    def laid(self, rows: Sequence[int]) -> list[tuple[Adapter, Tensor]]:
        """Give each adapter that lies over some of these rows, and the places (places,) where those stand."""
        places: dict[Adapter, list[int]] = {}
        for place, row in enumerate(rows):
            if (adapter := self._over.get(row)) is not None:
                places.setdefault(adapter, []).append(place)
        return [(adapter, torch.tensor(its)) for adapter, its in places.items()]

    @contextmanager
    def during(self, rows: Sequence[int]) -> Iterator[None]:
        """Add for a forward of these rows what belongs to each."""
        self._batch = len(rows)
        self._groups = [(adapter, places.to(self._model.device)) for adapter, places in self.laid(rows)]
        for name in {name for adapter, _ in self._groups for name in adapter.parts} - self._hooks.keys():
            layer = self._model.get_submodule(name)
            self._hooks[name] = layer.register_forward_hook(partial(self._add, name))
        try:
            yield
        finally:
            self._groups = []

    def _add(self, name: str, _linear: object, given: tuple[Tensor], output: Tensor) -> None:
        """Add to what a layer gives, (batch, ..., out), for what it was given, (batch, ..., in); or with both made flat."""
        for adapter, places in self._groups:
            if (part := adapter.parts.get(name)) is None:
                continue
            places = places.to(output.device)
            x = given[0].to(output.device).reshape(self._batch, -1, given[0].shape[-1])[places]
            added = (x @ part.down.to(x).T) @ part.up.to(x).T
            output.view(self._batch, -1, output.shape[-1]).index_add_(0, places, added)
