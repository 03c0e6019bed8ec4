"""Plain `model.generate`, told what to write by lines of JSON on standard input."""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, StoppingCriteria, StoppingCriteriaList

from model_server.engine.placement import place


class FirstToken(StoppingCriteria):
    """Stops nothing, and notes when the first token of the batch was there."""

    at = 0.0

    def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> Any:
        """Note the time of the first call; none of the rows is done."""
        self.at = self.at or perf_counter()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a folder in safetensors, or a GGUF file")
    parser.add_argument("--dtype")
    asked = parser.parse_args()
    source = weights(asked.model)
    placement = place("auto", asked.dtype, {})
    tokenizer = AutoTokenizer.from_pretrained(**source, padding_side="left")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    model = AutoModelForCausalLM.from_pretrained(
        **source, dtype=placement.dtype, device_map=placement.device_map
    )
    write(model, tokenizer, ["Hello"], 1)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(write(model, tokenizer, **json.loads(line))), flush=True)


def weights(model: Path) -> dict[str, Any]:
    if model.suffix == ".gguf":
        return {"pretrained_model_name_or_path": model.parent, "gguf_file": model.name}
    return {"pretrained_model_name_or_path": model}


def write(model: Any, tokenizer: Any, prompts: list[str], tokens: int) -> dict[str, Any]:
    """Write so many tokens to each prompt, and say how long the first and all of them took."""
    chats = [[{"role": "user", "content": prompt}] for prompt in prompts]
    first = FirstToken()
    started = perf_counter()
    batch = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
    ).to(model.device)
    torch.manual_seed(1)
    output = model.generate(
        **batch,
        max_new_tokens=tokens,
        min_new_tokens=tokens,
        do_sample=True,
        temperature=0.8,
        top_k=0,  # the whole vocabulary, as our server draws from
        stopping_criteria=StoppingCriteriaList([first]),
    )
    count = len(prompts) * (output.shape[1] - batch["input_ids"].shape[1])
    return {"tokens": count, "first": first.at - started, "seconds": perf_counter() - started}


if __name__ == "__main__":
    main()
