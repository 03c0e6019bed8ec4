"""A model of random weights, whose speed is that of any other of its shape, with the embedded model's tokens.

    python -m benchmarks.random_model 0.6b FOLDER
    python -m benchmarks.serving --model FOLDER --peers transformers-cb

What it writes makes no sense.
"""

import argparse
import os
import shutil
from pathlib import Path
from typing import Final

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model_server import embedded
from model_server.engine.placement import best_device
from model_server.options import parse

COMMON: Final = {
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151_936,
    "max_position_embeddings": 40_960,
    "rope_theta": 1_000_000,
}
SIZES: Final = {
    "0.6b": {
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "tie_word_embeddings": True,
    },
    "8b": {
        "hidden_size": 4096,
        "intermediate_size": 12_288,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "tie_word_embeddings": False,
    },
}
"""Those of Qwen3."""


def write(size: str, folder: Path) -> None:
    """Write a model in bfloat16 into a folder, with tokenizer and template."""
    cache = parse([], os.environ).cache_dir
    tokens = embedded.folder_in(cache, print)
    shutil.copytree(tokens, folder, ignore=shutil.ignore_patterns("*.safetensors*", "config.json"))
    ends = AutoConfig.from_pretrained(tokens)
    config = AutoConfig.for_model(
        "qwen3", **COMMON, **SIZES[size], bos_token_id=ends.bos_token_id, eos_token_id=ends.eos_token_id
    )
    torch.manual_seed(1)
    with torch.device(best_device()):
        AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    write(asked.size, asked.folder)


if __name__ == "__main__":
    main()
