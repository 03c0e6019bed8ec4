"""A model's weights, laid out for the compiled layers: which models fit, and what reads and writes with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from model_server.engine.fused.packing import fits, pack4, pack8
from model_server.engine.store import Store

ATTENTIONS = ("LlamaAttention", "MistralAttention", "Qwen2Attention", "Qwen3Attention")
"""Those whose forward is what attention.h computes: turned halves, no soft cap, no sinks."""
WIDTHS = range(16, 257, 16)
SHARED = 24
"""How many heads may look at one of keys and values."""
AT_HAND = ("cpu", "meta")
"""Where weights lie that the layers can take, or will once they are read."""

Kind = Literal["plain", "int8", "int4"]
PACKERS: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {"int4": pack4, "int8": pack8}


def unfit(model: PreTrainedModel) -> str | None:
    """Say why a model does not go through the compiled layers, or None if it does."""
    body: Any = model.base_model
    layer = body.layers[0] if hasattr(body, "layers") else None
    attention = type(getattr(layer, "self_attn", None)).__name__
    if layer is None or attention not in ATTENTIONS:
        return f"it has {attention}, not one of {', '.join(ATTENTIONS)}"
    if any(parameter.device.type not in AT_HAND for parameter in model.parameters()):
        return "not all of it lies on the CPU"
    if type(layer.mlp.act_fn).__name__ not in ("SiLU", "SiLUActivation"):
        return f"its activation is {type(layer.mlp.act_fn).__name__}"
    if layer.self_attn.head_dim not in WIDTHS:
        return f"its heads are {layer.self_attn.head_dim} wide"
    if layer.self_attn.num_key_value_groups > SHARED:
        return f"{layer.self_attn.num_key_value_groups} of its heads share their keys"
    return None


@dataclass(frozen=True)
class Layout:
    """A model's weights in the order in which the layers take them."""

    kind: Kind
    layers: list[list[Tensor | None]]
    end: list[Tensor | None]

    @property
    def packed(self) -> bool:
        """Whether it is a copy of its own, in fewer bits."""
        return self.kind != "plain"


def lay_out(model: PreTrainedModel, kind: Kind) -> Layout:
    """Pack a copy of the weights, from the precision in which they were read; plain, they are the model's own."""
    body: Any = model.base_model
    head: Any = model.get_output_embeddings()
    packed = _Packed(kind)
    end = [_copied(body.norm.weight), *packed.product([head], "int8" if kind == "int4" else kind)]
    return Layout(kind, [packed.layer(layer) for layer in body.layers], end)


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

    Between the products it computes in float32.
    """

    def __init__(self, model: PreTrainedModel, layout: Layout) -> None:
        """Take a model, and its weights laid out. Needs library.load."""
        body: Any = model.base_model
        self._embed, self._turns = body.embed_tokens, body.rotary_emb
        attention = body.layers[0].self_attn
        config: Any = model.config.get_text_config()
        self._layers = len(layout.layers)
        self._kept = torch.empty(1, config.num_key_value_heads, 0, attention.head_dim, dtype=model.dtype)
        self._stack = torch.classes.scriptorium.Stack(
            config.num_attention_heads,
            config.num_key_value_heads,
            attention.head_dim,
            config.rms_norm_eps,
            attention.scaling,
        )
        for layer in layout.layers:
            self._stack.add(layer)
        self._stack.end(layout.end)
        self._placed = False

    @torch.inference_mode()
    def run(
        self, store: Store, ids: Tensor, positions: Tensor, rows: Tensor, tables: Tensor, wanted: Tensor
    ) -> Tensor:
        """Append ids (tokens,) at positions (tokens,) to their rows (tokens,) of the tables (rows, pages).

        Gives logits (wanted, vocab), in float32, after each of the wanted tokens.
        """
        if not self._placed:
            layers = store.reserve(self._layers, self._kept)
            self._stack.place([layer.keys for layer in layers], [layer.values for layer in layers])
            self._placed = True
        x = self._embed(ids).float()
        cosine, sine = self._turns(x[None], positions[None])
        turns = cosine[0].contiguous(), sine[0].contiguous()
        return self._stack.run(x, *turns, tables.int(), rows, positions + 1, wanted)


@dataclass(frozen=True)
class _Packed:
    """How weights are held."""

    kind: Kind

    def layer(self, layer: Any) -> list[Tensor | None]:
        attention, forward = layer.self_attn, layer.mlp
        norms = [getattr(attention, name, None) for name in ("q_norm", "k_norm")]
        return [
            _copied(layer.input_layernorm.weight),
            _copied(layer.post_attention_layernorm.weight),
            *self.product([attention.q_proj, attention.k_proj, attention.v_proj], self.kind),
            *self.product([attention.o_proj], self.kind),
            *self.product([forward.gate_proj, forward.up_proj], self.kind),
            *self.product([forward.down_proj], self.kind),
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
