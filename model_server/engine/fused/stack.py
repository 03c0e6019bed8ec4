"""A model's weights, laid out for the compiled step: which models fit, and what writes with them."""

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

Kind = Literal["plain", "int8", "int4"]
PACKERS: dict[str, Callable[[Tensor], tuple[Tensor, Tensor]]] = {"int4": pack4, "int8": pack8}


def unfit(model: PreTrainedModel) -> str | None:
    """Say why a model is not written with in the compiled step, or None if it is."""
    body: Any = model.base_model
    layer = body.layers[0] if hasattr(body, "layers") else None
    attention = type(getattr(layer, "self_attn", None)).__name__
    if layer is None or attention not in ATTENTIONS:
        return f"it has {attention}, not one of {', '.join(ATTENTIONS)}"
    if any(parameter.device.type != "cpu" for parameter in model.parameters()):
        return "not all of it lies on the CPU"
    if type(layer.mlp.act_fn).__name__ not in ("SiLU", "SiLUActivation"):
        return f"its activation is {type(layer.mlp.act_fn).__name__}"
    if layer.self_attn.head_dim not in WIDTHS:
        return f"its heads are {layer.self_attn.head_dim} wide"
    return None


@dataclass(frozen=True)
class Layout:
    """A model's weights in the order in which the step takes them."""

    kind: Kind
    layers: list[list[Tensor | None]]
    end: list[Tensor | None]


def lay_out(model: PreTrainedModel, kind: Kind) -> Layout:
    """Pack a copy of the weights, from the precision in which they were read; plain, they are the model's own."""
    body: Any = model.base_model
    head: Any = model.get_output_embeddings()
    end = [_vector(body.norm, kind), *_product([head], "int8" if kind == "int4" else kind)]
    return Layout(kind, [_layer(layer, kind) for layer in body.layers], end)


class FusedWriting:
    """Writes by the compiled step."""

    def __init__(self, model: PreTrainedModel, layout: Layout) -> None:
        """Take a model as it reads, and its weights laid out. Needs library.load."""
        self._model: Any = model.base_model
        attention = self._model.layers[0].self_attn
        config: Any = model.config.get_text_config()
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
    def write(self, store: Store, ids: Tensor, positions: Tensor, tables: Tensor) -> Tensor:
        """Append ids (batch,) at positions (batch,) to the rows of these tables (batch, pages); give logits (batch, vocab)."""
        if not self._placed:
            layers = [store.held[index] for index in range(len(self._model.layers))]
            self._stack.place([layer.keys for layer in layers], [layer.values for layer in layers])
            self._placed = True
        x = self._model.embed_tokens(ids[:, None])
        cosine, sine = self._model.rotary_emb(x, positions[:, None])
        return self._stack.step(
            x[:, 0], cosine[:, 0].contiguous(), sine[:, 0].contiguous(), tables.int(), positions + 1
        )


def _layer(layer: Any, kind: Kind) -> list[Tensor | None]:
    attention, forward = layer.self_attn, layer.mlp
    norms = [getattr(attention, name, None) for name in ("q_norm", "k_norm")]
    return [
        _vector(layer.input_layernorm, kind),
        _vector(layer.post_attention_layernorm, kind),
        *_product([attention.q_proj, attention.k_proj, attention.v_proj], kind),
        *_product([attention.o_proj], kind),
        *_product([forward.gate_proj, forward.up_proj], kind),
        *_product([forward.down_proj], kind),
        *(norm and _vector(norm, kind) for norm in norms),
    ]


def _product(parts: Sequence[nn.Linear], kind: Kind) -> list[Tensor | None]:
    """Give weight, scales and bias of these products made one."""
    weight = _joined(parts)
    biases: list[Tensor] = [part.bias for part in parts if part.bias is not None]
    bias = torch.cat(biases).detach() if biases else None
    if kind == "plain":
        return [weight, None, bias]
    if not fits(weight):
        return [weight.bfloat16(), None, bias if bias is None else bias.bfloat16()]
    return [*PACKERS[kind](weight), bias if bias is None else bias.bfloat16()]


def _joined(parts: Sequence[nn.Linear]) -> Tensor:
    """Give the weights of several products as one matrix, of which the model's own are made parts: they lie there once."""
    if len(parts) == 1:
        return parts[0].weight.detach()
    joined = torch.cat([part.weight.detach() for part in parts])
    rows = joined.split([part.out_features for part in parts])
    for part, weight in zip(parts, rows, strict=True):
        part.weight.data = weight
    return joined


def _vector(norm: Any, kind: Kind) -> Tensor:
    weight = norm.weight.detach()
    return weight if kind == "plain" else weight.bfloat16()
