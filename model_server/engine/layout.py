"""A model's weights in the order in which layers of our own take them, and of which models they are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from model_server.engine.fused.packing import Packed, fits, pack4, pack8, pack16

ATTENTIONS = ("LlamaAttention", "MistralAttention", "Qwen2Attention", "Qwen3Attention")
"""Those whose forward is what our layers compute: turned halves, no soft cap, no sinks."""

PRODUCTS = (
    ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    ("self_attn.o_proj",),
    ("mlp.gate_proj", "mlp.up_proj"),
    ("mlp.down_proj",),
)
"""A layer's products, and of which of the model's each is made."""

Kind = Literal["plain", "bfloat16", "int8", "int4"]
PACKERS: dict[str, Callable[[Tensor], Packed]] = {"int4": pack4, "int8": pack8, "bfloat16": pack16}


def strange(model: PreTrainedModel) -> str | None:
    """Say what of a model our layers do not compute, or None if there is no such thing."""
    body: Any = model.base_model
    layer = body.layers[0] if hasattr(body, "layers") else None
    attention = type(getattr(layer, "self_attn", None)).__name__
    if layer is None or attention not in ATTENTIONS:
        return f"it has {attention}, not one of {', '.join(ATTENTIONS)}"
    if type(layer.mlp.act_fn).__name__ not in ("SiLU", "SiLUActivation"):
        return f"its activation is {type(layer.mlp.act_fn).__name__}"
    return None


@dataclass(frozen=True)
class Shape:
    """A model's heads."""

    heads: int
    groups: int
    """Heads of keys and values."""
    width: int
    eps: float
    """Of the norms."""
    scale: float
    """Of the scores."""

    @property
    def shared(self) -> int:
        """How many heads look at the same keys and values."""
        return self.heads // self.groups


def shape_of(model: PreTrainedModel) -> Shape:
    """Give the shape of a model that is not strange."""
    body: Any = model.base_model
    attention = body.layers[0].self_attn
    config: Any = model.config.get_text_config()
    return Shape(
        config.num_attention_heads,
        config.num_key_value_heads,
        attention.head_dim,
        config.rms_norm_eps,
        attention.scaling,
    )


@dataclass(frozen=True)
class Layout:
    """A model's weights in the order in which the layers take them."""

    kind: Kind
    shape: Shape
    layers: list[list[Tensor | None]]
    end: list[Tensor | None]
    places: Mapping[str, tuple[int, int]]
    """By the name of each of the model's products: which of ours it is part of, counted through all layers, and its first output there."""

    @property
    def packed(self) -> bool:
        """Whether it is a copy of its own, in blocks."""
        return self.kind != "plain"


def lay_out(model: PreTrainedModel, kind: Kind) -> Layout:
    """Pack a copy of the weights, from the precision in which they were read; plain, they are the model's own."""
    body: Any = model.base_model
    head: Any = model.get_output_embeddings()
    packed = _Packed(kind)
    end = [_copied(body.norm.weight), *packed.product([head], "int8" if kind == "int4" else kind)]
    return Layout(kind, shape_of(model), [packed.layer(layer) for layer in body.layers], end, _places(model))


def _places(model: PreTrainedModel) -> dict[str, tuple[int, int]]:
    body: Any = model.base_model
    names = {part: name for name, part in model.named_modules()}
    head: Any = model.get_output_embeddings()
    products = [[layer.get_submodule(part) for part in parts] for layer in body.layers for parts in PRODUCTS]
    places: dict[str, tuple[int, int]] = {}
    for product, parts in enumerate([*products, [head]]):
        firsts = accumulate((part.out_features for part in parts), initial=0)
        places |= {names[part]: (product, first) for part, first in zip(parts, firsts, strict=False)}
    return places


@dataclass(frozen=True)
class _Packed:
    """How weights are held."""

    kind: Kind

    def layer(self, layer: Any) -> list[Tensor | None]:
        products = ([layer.get_submodule(part) for part in parts] for parts in PRODUCTS)
        norms = [getattr(layer.self_attn, name, None) for name in ("q_norm", "k_norm")]
        return [
            _copied(layer.input_layernorm.weight),
            _copied(layer.post_attention_layernorm.weight),
            *chain.from_iterable(self.product(parts, self.kind) for parts in products),
            *(norm and _copied(norm.weight) for norm in norms),
        ]

    def product(self, parts: Sequence[nn.Linear], kind: Kind) -> list[Tensor | None]:
        """Give the weight of these products made one, the numbers beside it where it is packed, and the bias."""
        weight = _joined(parts, apart=kind != "plain")
        biases: list[Tensor] = [part.bias.detach() for part in parts if part.bias is not None]
        bias = torch.cat(biases).float() if biases else None
        if kind == "plain":
            return [weight, None, bias]
        return [*PACKERS[kind](weight), bias] if fits(weight) else [_copied(weight), None, bias]


def _copied(weight: Tensor) -> Tensor:
    """Give a weight in float32, in memory of its own."""
    return weight.detach().to(torch.float32, copy=True)


def _joined(parts: Sequence[nn.Linear], *, apart: bool) -> Tensor:
    """Give the weights of several products as one matrix. Not apart, the model's own are made parts of it: they lie there once."""
    if len(parts) == 1:
        return parts[0].weight.detach()
    joined = torch.cat([part.weight.detach() for part in parts])
    if apart:
        return joined
    rows = joined.split([part.out_features for part in parts])
    for part, weight in zip(parts, rows, strict=True):
        part.weight.data = weight
    return joined
