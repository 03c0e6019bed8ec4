"""transformers' continuous batching: one manager, which keeps its pages from one request to the next.

Left to itself it takes most of a machine's memory for pages, so they are counted here.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

from transformers import ContinuousBatchingConfig, GenerationConfig

from benchmarks.serving_lines import Write, chats, serve

PAGE: Final = 256
"""Tokens of a page: its own default."""
PAGES: Final = 64
"""Of all texts together: the longest story and fifteen short ones, with room for what is kept of earlier ones."""
READ_AT_ONCE: Final = 512
ROWS: Final = 16
NEVER: Final = -1
"""No token ends an answer."""


@contextmanager
def opened(model: Any, tokenizer: Any) -> Iterator[Write]:
    drawing = GenerationConfig(do_sample=True, temperature=0.8, top_k=0, eos_token_id=NEVER)
    bounds = ContinuousBatchingConfig(
        page_size=PAGE,
        num_blocks=PAGES,
        max_batch_tokens=READ_AT_ONCE,
        max_requests_per_batch=ROWS,
        seed=1,
    )
    with model.continuous_batching_context_manager(
        generation_config=drawing, continuous_batching_config=bounds
    ) as manager:

        def write(prompts: Sequence[str], tokens: int) -> dict[str, Any]:
            started = perf_counter()
            encoded = tokenizer.apply_chat_template(
                chats(prompts), add_generation_prompt=True, return_dict=True
            )["input_ids"]
            manager.add_requests(encoded, max_new_tokens=tokens, record_timestamps=True)
            written = [finished(manager) for _ in prompts]
            return {
                "tokens": sum(len(answer.generated_tokens) for answer in written),
                "first": min(answer.timestamps[0] for answer in written) - started,
                "seconds": perf_counter() - started,
            }

        yield write


def finished(manager: Any) -> Any:
    """Wait for the next answer that is finished."""
    while manager.is_running():
        answer = manager.get_result(timeout=1)
        if answer is not None and answer.error:
            raise RuntimeError(answer.error)
        if answer is not None and answer.is_finished():
            return answer
    raise RuntimeError("its thread has ended")


if __name__ == "__main__":
    serve(__doc__, opened)
