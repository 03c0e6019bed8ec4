"""A model that reads by kernels and writes by recorded steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from model_server.engine.adapters.reading import Adapter
from model_server.engine.kernels.adapters import Laid, lay
from model_server.engine.kernels.batch import Batch
from model_server.engine.kernels.graphs import Call, record
from model_server.engine.kernels.stack import Layer, Product, Stack
from model_server.engine.layout import Layout, Shape
from model_server.engine.store import Store


class Compiled:
    """Reads and writes on a GPU; of the model it needs what stands before its layers.

    A step in which rows write is recorded once for each power of two of them, and done again with what the
    next step is given. Where there are fewer rows, the last one stands there more than once, and writes the
    same to the same place. A step with adapters is not recorded.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        layout: Layout,
        pages: int,
        recording: Callable[[Call], Call] = record,
    ) -> None:
        """Take a model, its weights laid out, and how many pages a text has at most."""
        body: Any = model.base_model
        self._embed, self._turns = body.embed_tokens, body.rotary_emb
        self._stack = _stack(layout.shape, layout.layers, layout.end)
        self._places = layout.places
        self._pages = pages
        self._recording = recording
        self._steps: dict[int, tuple[Tensor, Call]] = {}

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

        All are of one row, or each is of a row of its own. Each adapter lies over the tokens that are named
        beside it. Gives logits (wanted, vocab), in float32 on the CPU, after each of the wanted tokens.
        """
        if len(tables) == len(ids) and not laid:
            return self._written(store, torch.column_stack((ids, positions, tables)).int())
        device = self._stack.norm.device
        given = (part.to(device) for part in (ids, positions, tables.int(), rows, wanted))
        return self._computed(store, *given, laid=lay(laid, self._places, device)).cpu()

    @torch.inference_mode()
    def prepare(self, store: Store, most: int) -> None:
        """Record the steps of up to so many rows, in a store that holds nothing yet.

        The largest is first, for the others then need no memory of their own. Raises RuntimeError where the
        GPU or its compiler cannot do it.
        """
        for power in reversed(range(_power(most) + 1)):
            self._record(store, self._given(1 << power))

    def _written(self, store: Store, given: Tensor) -> Tensor:
        """Let rows write that are given each a token, its position and a table: (rows, 2 + pages)."""
        count, width = given.shape
        filled = self._given(1 << _power(count))
        filled[:count, :width] = given
        filled[count:] = filled[count - 1]
        if len(filled) not in self._steps:
            self._record(store, filled)
        held, step = self._steps[len(filled)]
        held.copy_(filled)
        logits = step()[:count]
        return torch.empty(logits.shape, pin_memory=logits.is_cuda).copy_(logits)

    def _given(self, rows: int) -> Tensor:
        """Give room for what a step of so many rows is given."""
        return torch.zeros((rows, 2 + self._pages), dtype=torch.int32)

    def _record(self, store: Store, given: Tensor) -> None:
        """Record the step of so many rows, with what it is given the first time."""
        held = given.to(self._stack.norm.device)
        every = torch.arange(len(held), device=held.device)
        step = self._recording(
            lambda: self._computed(store, held[:, 0], held[:, 1], held[:, 2:], every, every)
        )
        self._steps[len(held)] = held, step

    def _computed(
        self,
        store: Store,
        ids: Tensor,
        positions: Tensor,
        tables: Tensor,
        owners: Tensor,
        wanted: Tensor,
        laid: Sequence[Laid] = (),
    ) -> Tensor:
        x = self._embed(ids)
        cosine, sine = self._turns(x.float(), positions[None])
        batch = Batch(tables, owners, positions + 1, cosine[0], sine[0])
        shape = self._stack.shape
        memory = store.reserve(len(self._stack.layers), x.new_empty(1, shape.groups, 0, shape.width))
        return self._stack.run(x, memory, batch, wanted, laid)


def _stack(shape: Shape, layers: Sequence[Sequence[Any]], end: Sequence[Any]) -> Stack:
    norm, *head = end
    return Stack(shape, [_layer(weights) for weights in layers], norm, _product(head))


def _layer(weights: Sequence[Any]) -> Layer:
    before, after, *products, query_norm, key_norm = weights
    qkv, out, gate_up, down = (_product(products[at : at + 3]) for at in range(0, len(products), 3))
    norms = None if query_norm is None else (query_norm, key_norm)
    return Layer(before, after, qkv, out, gate_up, down, norms)


def _product(parts: Sequence[Any]) -> Product:
    weight, _, bias = parts
    return Product(weight, None if bias is None else bias.to(weight.dtype))


def _power(rows: int) -> int:
    """Give the power of two that is the least of so many rows or more."""
    return (rows - 1).bit_length()
