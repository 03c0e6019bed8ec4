"""How fast one writer could be at most: each token takes all weights from memory once.

What is read of keys and values is left out, so a long text stays further from the limit than a short one.
"""

from pathlib import Path
from time import perf_counter
from typing import Any, Final

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.fused.packing import GROUP
from model_server.engine.placement import best_device

BITS: Final = {"int4": 4 + 32 / GROUP, "int8": 8 + 16 / GROUP, "bfloat16": 16, "float16": 16, "float32": 32}
"""Of a weight, with its share of the scales."""
HEADS: Final = {"int4": "int8"}
"""How the head is held, where otherwise than the rest."""
GGUF: Final = {"Q4_1": "int4", "Q8_0": "int8", "BF16": "bfloat16", "F16": "float16", "F32": "float32"}
TIMES: Final = 8


def limit(folder: Path, weights: str, bandwidth: float) -> float | None:
    """Give the tokens a second that memory of so many bytes a second allows, None for weights of unknown size."""
    kind = GGUF.get(weights, weights)
    if kind not in BITS:
        return None
    config = AutoConfig.from_pretrained(folder)
    with torch.device("meta"):
        model: Any = AutoModelForCausalLM.from_config(config)
    head = model.get_output_embeddings()
    inner = sum(part.weight.numel() for part in model.base_model.modules() if isinstance(part, nn.Linear))
    bits = inner * BITS[kind] + head.weight.numel() * BITS[HEADS.get(kind, kind)]
    return bandwidth * 8 / bits


def bandwidth() -> float:
    """Measure the bytes a second that are read where models compute: the best of some sums over much more than caches hold."""
    device = best_device()
    numbers = torch.ones(2**27 if device == "cpu" else 2**30, device=device)
    numbers.sum().item()
    seconds = []
    for _ in range(TIMES):
        began = perf_counter()
        numbers.sum().item()
        seconds.append(perf_counter() - began)
    read = numbers.nbytes / min(seconds)
    del numbers
    if device != "cpu":
        torch.accelerator.empty_cache()  # it is the peers' now
    return read
