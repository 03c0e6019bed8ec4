"""A model of transformers in a process of its own, told what to write by lines of JSON on standard input."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from transformers import AutoModelForCausalLM, AutoTokenizer

from model_server.engine.placement import place

Write = Callable[[Sequence[str], int], dict[str, Any]]
"""Writes so many tokens to each of these prompts; gives how many in all, and the seconds to the first and the last."""


def serve(description: str | None, opened: Callable[[Any, Any], AbstractContextManager[Write]]) -> None:
    """Load the model that the command line names, and write with it until the input ends."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", type=Path, help="a folder in safetensors, or a GGUF file")
    parser.add_argument("--dtype")
    asked = parser.parse_args()
    source, placement = weights(asked.model), place("auto", asked.dtype, {})
    tokenizer = AutoTokenizer.from_pretrained(**source, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=placement.dtype, device_map=placement.device_map
    )
    with opened(model.eval(), tokenizer) as write:
        write(["Hello"], 1)
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            print(json.dumps(write(told["prompts"], told["tokens"])), flush=True)


def weights(model: Path) -> dict[str, Any]:
    if model.suffix == ".gguf":
        return {"pretrained_model_name_or_path": model.parent, "gguf_file": model.name}
    return {"pretrained_model_name_or_path": model}


def chats(prompts: Sequence[str]) -> list[list[dict[str, str]]]:
    """Make a chat of each prompt."""
    return [[{"role": "user", "content": prompt}] for prompt in prompts]
