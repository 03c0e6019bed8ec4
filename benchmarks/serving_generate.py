"""Plain `model.generate`, one padded batch for all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from benchmarks.serving_lines import Write, chats, serve


class FirstToken(StoppingCriteria):
    """Stops nothing, and notes when the first token of the batch was there."""

    at = 0.0

    def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> Any:
        """Note the time of the first call; none of the rows is done."""
        self.at = self.at or perf_counter()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


@contextmanager
def opened(model: Any, tokenizer: Any) -> Iterator[Write]:
    def write(prompts: Sequence[str], tokens: int) -> dict[str, Any]:
        first = FirstToken()
        started = perf_counter()
        batch = tokenizer.apply_chat_template(
            chats(prompts), add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
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

    yield write


if __name__ == "__main__":
    serve(__doc__, opened)
