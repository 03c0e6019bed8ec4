"""A LoRA adapter for the embedded model, so slight that what is written with it still reads as a story."""

import os
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model_server import embedded
from model_server.options import parse
from support.adapters import halves_of, write_adapter

SLIGHT = 0.05
PLACE = "layers.0.self_attn.q_proj"


def write_voice(folder: Path) -> Path:
    """Write the adapter's folder."""
    cache = parse([], os.environ).cache_dir
    converted = embedded.folder_in(cache, print)
    with torch.device("meta"):  # its shapes are enough
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(converted))
    halves = {key: half * SLIGHT for key, half in halves_of(model, 1).items() if PLACE in key}
    return write_adapter(folder, halves)
