"""Plain `model.generate`, told what to write by lines of JSON on standard input."""

import argparse
import json
import logging
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from model_server import embedded
from model_server.engine.placement import place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--dtype")
    parser.add_argument("--cold", action="store_true", help="read the GGUF, not the converted model")
    asked = parser.parse_args()
    source = weights(asked.cache_dir, asked.cold)
    placement = place("auto", asked.dtype, {})
    tokenizer = AutoTokenizer.from_pretrained(**source, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=placement.dtype, device_map=placement.device_map
    )
    write(model, tokenizer, ["Hello"], 1)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(write(model, tokenizer, **json.loads(line))), flush=True)


def weights(cache: Path, cold: bool) -> dict[str, Any]:
    gguf = embedded.find_gguf()
    if cold:
        return {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    folder = embedded.converted(gguf, cache, embedded.to_safetensors, logging.info)
    return {"pretrained_model_name_or_path": folder}


def write(model: Any, tokenizer: Any, prompts: list[str], tokens: int) -> dict[str, Any]:
    """Write to each prompt, and say how many tokens there were and how long it took."""
    chats = [[{"role": "user", "content": prompt}] for prompt in prompts]
    started = perf_counter()
    batch = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    torch.manual_seed(1)
    # top_k 0: the whole vocabulary, as the server draws from
    output = model.generate(**batch, max_new_tokens=tokens, do_sample=True, temperature=0.8, top_k=0)
    written = output[:, batch["input_ids"].shape[1] :]
    count = int((written != tokenizer.pad_token_id).sum())
    return {"tokens": count, "seconds": perf_counter() - started}


if __name__ == "__main__":
    main()
