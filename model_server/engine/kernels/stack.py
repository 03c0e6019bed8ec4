"""All layers of a model on a GPU, for the next token of many rows or the next tokens of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from torch import Tensor
from torch.nn.functional import linear

from model_server.engine.kernels.adapters import Laid
from model_server.engine.kernels.attention import attend
from model_server.engine.kernels.batch import Batch
from model_server.engine.kernels.pointwise import gated, normed
from model_server.engine.kernels.turning import put
from model_server.engine.layout import Shape
from model_server.engine.store import Layer as Memory


@dataclass(frozen=True)
class Product:
    """A product's weight (out, in) and bias (out,)."""

    weight: Tensor
    bias: Tensor | None

    def of(self, x: Tensor) -> Tensor:
        """Give the product with x (tokens, in): (tokens, out)."""
        return linear(x, self.weight, self.bias)


@dataclass(frozen=True)
class Layer:
    """The weights of a layer; norms of queries and keys where the model has them."""

    before: Tensor
    after: Tensor
    qkv: Product
    out: Product
    gate_up: Product
    down: Product
    norms: tuple[Tensor, Tensor] | None


@dataclass(frozen=True)
class Stack:
    """A model's layers, its last norm and its head."""

    shape: Shape
    layers: Sequence[Layer]
    norm: Tensor
    head: Product

    def run(
        self, x: Tensor, memory: Sequence[Memory], batch: Batch, wanted: Tensor, laid: Sequence[Laid] = ()
    ) -> Tensor:
        """Take embedded tokens (tokens, width), which are changed; give logits (wanted, vocab) in float32."""
        products = count()

        def product(of: Product, x: Tensor) -> Tensor:
            y, place = of.of(x), next(products)
            for one in laid:
                one.add(place, x, y)
            return y

        added = None
        for layer, held in zip(self.layers, memory, strict=True):
            qkv = product(layer.qkv, normed(x, added, layer.before, self.shape.eps))
            put(qkv, layer.norms, held.keys, held.values, batch, self.shape)
            added = product(layer.out, attend(qkv, held.keys, held.values, batch, self.shape))
            gate_up = product(layer.gate_up, normed(x, added, layer.after, self.shape.eps))
            added = product(layer.down, gated(gate_up))
        laid = [one.among(wanted) for one in laid]
        return product(self.head, normed(x, added, self.norm, self.shape.eps)[wanted]).float()
