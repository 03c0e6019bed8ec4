"""Small models of the families that our own layers serve."""

import torch
from transformers import AutoConfig, AutoModelForCausalLM

SMALL = {
    "vocab_size": 320,
    "hidden_size": 96,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 1024,
    "sliding_window": None,
}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3")


def model_of(family, **changed):
    """Make a model of random weights, in float32."""
    torch.manual_seed(5)
    config = AutoConfig.for_model(family, **(SMALL | changed))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1 + (parameter.dim() == 1))
    return model
