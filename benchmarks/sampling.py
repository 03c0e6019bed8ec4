"""`python -m benchmarks.sampling`: what choosing a token costs, beside a plain softmax and multinomial, on one thread."""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import torch
from torch import Tensor
from torch.utils.benchmark import Timer

from model_server.engine.interface import Sampling
from model_server.engine.sampling.choosing import Ask, choose
from model_server.engine.sampling.order import settings_of
from model_server.engine.sampling.penalties import Seen, penalises

COMMON = Sampling(temperature=0.8, min_p=0.1)
KINDS = {
    "temperature 0.8, min_p 0.1": COMMON,
    "and repetition_penalty 1.1": replace(COMMON, repetition_penalty=1.1),
    "and XTC, typical_p 0.9": replace(COMMON, xtc_probability=1.0, typical_p=0.9),
    "temperature 0": Sampling(temperature=0),
    "temperature 0.8": Sampling(temperature=0.8),
    "temperature 0.8, top_k 40": Sampling(temperature=0.8, top_k=40),
    "temperature 0.8, top_p 0.9": Sampling(temperature=0.8, top_p=0.9),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vocabulary", type=int, default=49_152)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 16])
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{'microseconds, ratio to softmax and multinomial':48}" + "".join(f"{n:>16}" for n in asked.batches)
    )
    logits = [like_a_model(batch, asked.vocabulary) for batch in asked.batches]
    plain = [least(lambda rows=rows: torch.multinomial(rows.softmax(-1), 1)) for rows in logits]
    print(f"{'softmax and multinomial':48}" + "".join(f"{best:>10.0f}  1.00" for best in plain))
    for name, sampling in KINDS.items():
        taken = [least(chooser(rows, sampling)) for rows in logits]
        cells = (f"{best:>10.0f}  {best / base:.2f}" for best, base in zip(taken, plain, strict=True))
        print(f"{name:48}" + "".join(cells))


def like_a_model(batch: int, vocabulary: int) -> Tensor:
    """Make logits whose likeliest tokens stand out as a language model's do: (batch, vocabulary)."""
    generator = torch.Generator().manual_seed(1)
    rows = torch.randn(batch, vocabulary, generator=generator) * 2.5
    heads = torch.randint(vocabulary, (batch, 200), generator=generator)
    return rows.scatter_add(1, heads, torch.linspace(12, 0, 200).expand(batch, 200))


def chooser(logits: Tensor, sampling: Sampling) -> Callable[[], list[int]]:
    """Give what an engine does for a token: it puts the rows together, and chooses."""
    numbers = random.Random(1)
    prompt = [numbers.randrange(logits.shape[-1]) for _ in range(1000)]
    seen = [Seen(prompt, 10_000) if penalises(sampling) else None for _ in logits]
    rows, steps = list(logits), count()

    def step() -> list[int]:
        asks = [Ask(settings_of(sampling, numbers), numbers.random(), sampling, known) for known in seen]
        tokens = choose(torch.stack(rows), asks)
        for known, token in zip(seen, tokens, strict=True):
            if known is not None and next(steps) < 1000:
                known.add(token)
        return tokens

    return step


def least(act: Callable[[], object]) -> float:
    """Give the shortest mean of many runs, in microseconds."""
    timer = Timer("act()", globals={"act": act}, num_threads=1)
    return min(timer.timeit(10).mean for _ in range(30)) * 1e6


if __name__ == "__main__":
    main()
