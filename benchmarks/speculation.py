"""Whether guessing tokens from what stands in the text already would make the engine quicker, without building it.

    python -m benchmarks.speculation [--guesses 3 5 8] [--story 1000] [--rows 8] [--json]

The embedded model writes what the bot asks of it, by the bot's prompts and the built-in styles' sampling. Then the
tokens that were drawn are guessed after the fact, from where the last two to four stood before in prompt and answer, as
transformers' prompt lookup and vLLM's n-grams do. A draw is fixed by the seed, so a guess counts where it is the very
token that was drawn. What a step costs that checks so many guesses, with the logits after each, is measured beside the
step of a single token, for one row and for several, on one thread and by its own time, so that other processes take
little from it. `careful` rests after guesses that failed, for longer each time. Drawing from the logits is left out:
it takes as long for a token that was guessed.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import torch
from transformers import AutoTokenizer

from benchmarks.speculation_lookup import gain, steps
from benchmarks.speculation_works import Drawn, Pen, kinds, written
from benchmarks.weights import runner_of
from model_server import embedded
from model_server.chat import ChatEncoder
from model_server.engine.batch import BatchEngine
from model_server.engine.runner import Runner
from model_server.options import parse

CONTEXT = 4096
KEPT = 2000
ROUNDS = 25
WORDS = 40_000


@dataclass(frozen=True)
class Found:
    """What guesses of at most so many tokens would have brought to a kind of work."""

    kind: str
    most: int
    careful: bool
    tokens: int
    guessing: float
    """The share of steps with a guess."""
    right: float
    """Tokens that were guessed right, a step."""
    alone: float
    """How many times as fast one row would write."""
    together: float
    """The same of several rows."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--guesses", type=int, nargs="+", default=[3, 5, 8], help="most tokens of a guess")
    parser.add_argument("--story", type=int, default=1000, help="tokens before those whose cost is measured")
    parser.add_argument("--rows", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print JSON beside the table")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    cache = parse([], os.environ).cache_dir
    folder = embedded.folder_in(cache, print)
    runner = runner_of(folder, cache, "auto", rows=asked.rows, context=CONTEXT, kept=KEPT)
    chat = ChatEncoder(AutoTokenizer.from_pretrained(folder))
    drawn = asyncio.run(write(runner, chat))
    costs = {rows: measured(runner, rows, asked.story, max(asked.guesses)) for rows in (1, asked.rows)}
    found = [
        looked_up(kind, texts, most, careful, costs)
        for kind, texts in drawn.items()
        for careful in (False, True)
        for most in asked.guesses
    ]
    print(costs_told(costs))
    print(table(found, asked.rows))
    if asked.json:
        print(json.dumps({"costs": costs, "found": [asdict(one) for one in found]}))


async def write(runner: Runner, chat: ChatEncoder) -> dict[str, list[Drawn]]:
    """Let all works be written, kind after kind."""
    ends = runner.model.generation_config.eos_token_id
    engine = BatchEngine(
        runner, chat.plain, frozenset([ends]), rows=len(runner.lengths), queue=64, report=lambda _: None
    )
    try:
        drawn: dict[str, list[Drawn]] = {}
        for kind, works in kinds().items():
            _tell(f"writing: {kind}")
            drawn[kind] = await written(Pen(engine, chat, CONTEXT), works)
        return drawn
    finally:
        engine.close()


def measured(runner: Runner, rows: int, story: int, most: int) -> list[float]:
    """Give what a step takes in which each of these rows is given 1, 2 … most + 1 tokens, in milliseconds."""
    _tell(f"measuring: {rows} row{'s' if rows > 1 else ''}")
    runner.clear(range(len(runner.lengths)))
    words = random.Random(1)
    for row in range(rows):
        runner.read(row, 0, [words.randrange(WORDS) for _ in range(story)])
    acts = [checking(runner, rows, story, count) for count in range(1, most + 2)]
    least = [float("inf")] * len(acts)
    for _ in range(ROUNDS):
        for at, act in enumerate(acts):
            began = time.thread_time()
            act()
            least[at] = min(least[at], time.thread_time() - began)
    return [seconds * 1000 for seconds in least]


def checking(runner: Runner, rows: int, story: int, count: int) -> Callable[[], object]:
    """Give a step in which each row appends so many tokens and has the logits after each."""
    tables = torch.tensor([runner.pages.reach(row, story + count) for row in range(rows)])
    ids = torch.arange(1000, 1000 + rows * count)
    positions = torch.arange(story, story + count).repeat(rows)
    owners, every = torch.arange(rows).repeat_interleave(count), torch.arange(rows * count)
    compiled = runner.compiled
    if compiled is None:
        sys.exit("there are no compiled layers here")
    return lambda: compiled.run(runner.store, ids, positions, owners, tables, every)


def looked_up(
    kind: str, texts: Sequence[Drawn], most: int, careful: bool, costs: Mapping[int, Sequence[float]]
) -> Found:
    taken = [step for one in texts for step in steps(one.prompt, one.written, most, careful=careful)]
    alone, together = (gain(taken, of_step, rows) for rows, of_step in costs.items())
    return Found(
        kind,
        most,
        careful,
        tokens=sum(len(one.written) for one in texts),
        guessing=fmean(step.guessed > 0 for step in taken),
        right=fmean(step.right for step in taken),
        alone=alone,
        together=together,
    )


def costs_told(costs: Mapping[int, Sequence[float]]) -> str:
    """Write what a step costs by the tokens of each row, beside a step of one token."""
    most = len(next(iter(costs.values())))
    lines = [f"{'tokens a row':24}" + "".join(f"{count:>8}" for count in range(1, most + 1))]
    for rows, of_step in costs.items():
        name = f"{rows} row{'s' if rows > 1 else ''}, {of_step[0]:.1f} ms"
        lines.append(f"{name:24}" + "".join(f"{one / of_step[0]:>8.2f}" for one in of_step))
    return "\n".join(lines)


def table(found: Sequence[Found], rows: int) -> str:
    lines = [
        f"{'':26}{'tokens':>6}{'guesses':>12}{'steps with':>12}{'right a step':>14}{'1 row':>8}{f'{rows} rows':>8}"
    ]
    for one in found:
        guesses = f"{'careful ' if one.careful else ''}≤ {one.most}"
        lines.append(
            f"{one.kind:26}{one.tokens:>6}{guesses:>12}{one.guessing:>12.1%}{one.right:>14.3f}{one.alone:>8.2f}{one.together:>8.2f}"
        )
    return "\n".join(lines)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
