"""A model that reads and writes by the compiled layers, and which models fit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor
from transformers import PreTrainedModel

from model_server.engine.adapters.reading import Adapter
from model_server.engine.layout import Layout, shape_of, strange
from model_server.engine.store import Store
from model_server.machine import give_back_memory

WIDTHS = range(16, 257, 16)
SHARED = 24
"""How many heads may look at one of keys and values."""
AT_HAND = ("cpu", "meta")
"""Where weights lie that the layers can take, or will once they are read."""


def unfit(model: PreTrainedModel) -> str | None:
    """Say why a model does not go through the compiled layers, or None if it does."""
    if reason := strange(model):
        return reason
    if any(parameter.device.type not in AT_HAND for parameter in model.parameters()):
        return "not all of it lies on the CPU"
    shape = shape_of(model)
    if shape.width not in WIDTHS:
        return f"its heads are {shape.width} wide"
    if shape.shared > SHARED:
        return f"{shape.shared} of its heads share their keys"
    return None


def dismantle(model: PreTrainedModel) -> None:
    """Take a model's own layers away, so that its weights do not lie there twice: nothing can compute by them any more.

    What is left is copied, for a single part of a file that is mapped keeps all of it in memory.
    """
    body: Any = model.base_model
    head = model.get_output_embeddings()
    del body.layers, body.norm
    for name in [name for name, part in model.named_children() if part is head]:
        delattr(model, name)
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()


class Compiled:
    """Reads and writes by the compiled layers; of the model it needs what stands before its own.

    Between the products it computes in float32. Where the weights are a copy of the model's, the first to compute
    takes the model's layers away: nobody computes by them any more.
    """

    def __init__(self, model: PreTrainedModel, layout: Layout) -> None:
        """Take a model, and its weights laid out. Needs library.load."""
        body: Any = model.base_model
        self._embed, self._turns = body.embed_tokens, body.rotary_emb
        self._layers = len(layout.layers)
        self._kept = torch.empty(1, layout.shape.groups, 0, layout.shape.width, dtype=model.dtype)
        self._stack = torch.classes.scriptorium.Stack(*astuple(layout.shape))
        for layer in layout.layers:
            self._stack.add(layer)
        self._stack.end(layout.end)
        self._places = layout.places
        self._adapters = WeakKeyDictionary[Adapter, Any]()
        self._spent = model if layout.packed else None
        self._placed = False

    @torch.inference_mode()
    def run(
        self,
        store: Store,
        ids: Tensor,
        positions: Tensor,
        rows: Tensor,
        tables: Tensor,
        wanted: Tensor,
        laid: Sequence[tuple[Adapter, Tensor]] = (),
    ) -> Tensor:
        """Append ids (tokens,) at positions (tokens,) to their rows (tokens,) of the tables (rows, pages).

        Each adapter lies over the tokens that are named beside it. Gives logits (wanted, vocab), in float32, after
        each of the wanted tokens.
        """
        if not self._placed:
            layers = store.reserve(self._layers, self._kept)
            self._stack.place([layer.keys for layer in layers], [layer.values for layer in layers])
            self._placed = True
            if self._spent is not None:
                dismantle(self._spent)
                self._spent = None
                give_back_memory()
        x = self._embed(ids).float()
        cosine, sine = self._turns(x[None], positions[None])
        turns = cosine[0].contiguous(), sine[0].contiguous()
        adapters = [self._taken(adapter) for adapter, _ in laid]
        over = [places for _, places in laid]
        return self._stack.run(x, *turns, tables.int(), rows, positions + 1, wanted, adapters, over)

    def _taken(self, adapter: Adapter) -> Any:
        """Give an adapter as the layers take it: in float32, by the places of its parts."""
        if adapter not in self._adapters:
            taken = torch.classes.scriptorium.Adapter(
                1 + max(product for product, _ in self._places.values())
            )
            for name, part in adapter.parts.items():
                taken.add(*self._places[name], part.down.float().contiguous(), part.up.float().T.contiguous())
            self._adapters[adapter] = taken
        return self._adapters[adapter]
