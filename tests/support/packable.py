"""A small model whose weights four bits hold, as those of the embedded one."""

from typing import Any

import torch
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
            numbers, step, least = packing.steps4(part.weight.data)
            groups = numbers.unflatten(1, (-1, packing.GROUP)) * step[..., None] + least[..., None]
            part.weight.data = groups.flatten(1)
    return model
