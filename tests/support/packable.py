"""A small model whose weights four bits hold, as those of the embedded one."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

from model_server.engine.fused import packing

SMALL = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
}


def model_of(**changed: Any) -> PreTrainedModel:
    """Give a model of random weights, which four bits do not hold."""
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **(SMALL | changed))).eval()


def on_a_grid(model: PreTrainedModel) -> PreTrainedModel:
    """Give a model weights that four bits hold."""
    for part in model.modules():
        if isinstance(part, torch.nn.Linear):
            part.weight.data = unpacked(part.weight.data, "int4")
    return model


def rounding(model: PreTrainedModel, kind: str) -> PreTrainedModel:
    """Copy a model, with its weights on the grid of their packing and its inputs on that of bytes, or of bfloat16."""
    copy = deepcopy(model)
    inputs = kind if kind == "bfloat16" else "inputs"
    for name, part in list(copy.named_modules()):
        if isinstance(part, torch.nn.Linear) and packing.fits(part.weight):
            own = "int8" if (name, kind) == ("lm_head", "int4") else kind
            part.weight.data = unpacked(part.weight.data, own)
            part.register_forward_pre_hook(lambda _, args: (unpacked(args[0], inputs),))
    return copy


def unpacked(numbers: Tensor, kind: str) -> Tensor:
    """Put numbers on the grid of their packing."""
    groups = numbers.unflatten(-1, (-1, packing.GROUP))
    if kind == "bfloat16":
        return numbers.bfloat16().float()
    if kind == "inputs":
        scales = groups.abs().amax(-1, keepdim=True) / 127
        return ((groups / scales).round() * scales).flatten(-2)
    if kind == "int8":
        whole, scales = packing.steps8(numbers)
        return (whole.view_as(groups) * scales[..., None]).flatten(-2)
    whole, step, least = packing.steps4(numbers)
    return (whole.view_as(groups) * step[..., None] + least[..., None]).flatten(-2)
