"""How often the engine writes other tokens than it might, by how the weights are held.

    python -m benchmarks.divergence [--prompts 12] [--tokens 64] [--dtypes bfloat16 int8 int4] [--json]

Two answers to one prompt are laid side by side, greedy and drawn with one seed: one alone and one of eight at
once; one whose prompt was read anew and one that goes on from the pages that an earlier turn has written; one
of the compiled layers and one of transformers' own, in the precision that these compute in. After the first
other token two texts go their own ways, so the table also counts the texts that part at all, and how often a token
after the same beginning is another.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from transformers import AutoTokenizer

from benchmarks.weights import computes_in, runner_of
from model_server import embedded
from model_server.chat import ChatEncoder
from model_server.engine.batch import BatchEngine
from model_server.engine.interface import GenerationRequest, Sampling
from model_server.engine.runner import Runner
from model_server.options import parse

ROWS = 8
CONTEXT = 1024
KEPT = 2000
SUBJECTS = (
    "a lighthouse keeper who cannot swim", "two sisters who share a bicycle", "the last day of a circus",
    "a letter that arrives forty years late", "a cook who has lost her sense of taste", "rain in a city of glass",
    "a robot that is afraid of cats", "the night train to the coast", "an old clock and its maker",
    "a garden that grows in winter", "the man who sold his shadow", "a school on a ship",
)  # fmt: skip
TURN = "\n\nThe next morning everything was different. "
SAMPLINGS = {"greedy": Sampling(temperature=0), "drawn": Sampling(temperature=0.8, min_p=0.05)}

Text = tuple[int, ...]


@dataclass(frozen=True)
class Divergence:
    """How two ways to write the same texts differ: the share of tokens at the same places, of those after the same
    beginning, and how many texts part."""

    dtype: str
    sampling: str
    between: str
    share: float
    first: float
    parted: int
    texts: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prompts", type=int, default=len(SUBJECTS), choices=range(1, len(SUBJECTS) + 1))
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--dtypes", nargs="+", default=["bfloat16", "int8", "int4"])
    parser.add_argument("--json", action="store_true", help="print JSON beside the table")
    asked = parser.parse_args()
    found = asyncio.run(measure(asked.dtypes, asked.prompts, asked.tokens))
    print(table(found))
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))


async def measure(dtypes: Sequence[str], prompts: int, tokens: int) -> list[Divergence]:
    house = House(tokens)
    own: dict[str, Mapping[str, Sequence[Text]]] = {}
    found: list[Divergence] = []
    for dtype in dtypes:
        reads = str(computes_in(dtype)).removeprefix("torch.")
        if reads not in own:
            own[reads] = await house.own(reads, prompts)
        for name in SAMPLINGS:
            found += await house.compare(dtype, name, prompts, own[reads][name])
    return found


class House:
    """The embedded model, asked in every way."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.cache = parse([], os.environ).cache_dir
        self.folder = embedded.folder_in(self.cache, print)
        self.chat = ChatEncoder(AutoTokenizer.from_pretrained(self.folder))

    def requests(self, sampling: str, count: int) -> list[GenerationRequest]:
        return [
            GenerationRequest(
                tuple(self.chat.messages([{"role": "user", "content": f"Write a story about {subject}."}])),
                self.tokens,
                seed=seed,
                salt=sampling,
                sampling=SAMPLINGS[sampling],
                ignore_eos=True,
            )
            for seed, subject in enumerate(SUBJECTS[:count])
        ]

    async def own(self, dtype: str, count: int) -> dict[str, list[Text]]:
        """Let transformers' own layers write, alone."""
        _tell(f"{dtype}, by transformers' own layers")
        runner = runner_of(self.folder, self.cache, dtype, rows=1, context=CONTEXT)
        runner.compiled = None
        with self.engine(runner) as engine:
            return {name: await alone(engine, self.requests(name, count)) for name in SAMPLINGS}

    async def compare(self, dtype: str, name: str, count: int, own: Sequence[Text]) -> list[Divergence]:
        """Let the compiled layers write first turns alone and together, and second turns known and anew."""
        _tell(f"{dtype}, {name}")
        runner = runner_of(self.folder, self.cache, dtype, rows=ROWS, context=CONTEXT, kept=KEPT)
        first = self.requests(name, count)
        with self.engine(runner) as engine:
            written = await alone(engine, first)
            second = [self.next_turn(*pair) for pair in zip(first, written, strict=True)]
            known = await alone(engine, second)
            anew = await alone(engine, [replace(one, salt=f"{name}, anew") for one in second])
            beside = await together(engine, first)
        pairs = {
            "alone, 8 at once": (written, beside),
            "anew, known": (anew, known),
            "compiled, own": (written, own),
        }
        return [compared(dtype, name, between, *pair) for between, pair in pairs.items()]

    def next_turn(self, request: GenerationRequest, answer: Text) -> GenerationRequest:
        more = self.chat.plain.encode(TURN, add_special_tokens=False).ids
        return replace(request, prompt=(*request.prompt, *answer, *more))

    @contextmanager
    def engine(self, runner: Runner) -> Iterator[BatchEngine]:
        engine = BatchEngine(
            runner, self.chat.plain, frozenset(), rows=len(runner.lengths), queue=64, report=lambda _: None
        )
        try:
            yield engine
        finally:
            engine.close()


async def alone(engine: BatchEngine, requests: Sequence[GenerationRequest]) -> list[Text]:
    return [await written(engine, request) for request in requests]


async def together(engine: BatchEngine, requests: Sequence[GenerationRequest]) -> list[Text]:
    """Let as many write at once as there are rows."""
    return await asyncio.gather(*(written(engine, request) for request in requests))


async def written(engine: BatchEngine, request: GenerationRequest) -> Text:
    ticket = engine.submit(request)
    async for _ in ticket:
        pass
    return tuple(ticket.writers[0].written)


def compared(
    dtype: str, sampling: str, between: str, one: Sequence[Text], other: Sequence[Text]
) -> Divergence:
    pairs = list(zip(one, other, strict=True))
    places = [a == b for pair in pairs for a, b in zip(*pair, strict=True)]
    parted = sum(a != b for a, b in pairs)
    share, first = places.count(False) / len(places), parted / sum(same_until(*pair) for pair in pairs)
    return Divergence(dtype, sampling, between, share, first, parted, len(pairs))


def same_until(one: Text, other: Text) -> int:
    """Count the tokens that were written after the same beginning: up to the first other one, and that too."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=True), 1) if a != b), len(one))


def table(found: Sequence[Divergence]) -> str:
    lines = [f"{'':12}{'':10}{'between':20}{'other tokens':>14}{'same beginning':>16}{'texts that part':>18}"]
    for one in found:
        parted = f"{one.parted} of {one.texts}"
        lines.append(
            f"{one.dtype:12}{one.sampling:10}{one.between:20}{one.share:>14.1%}{one.first:>16.2%}{parted:>18}"
        )
    return "\n".join(lines)


def _tell(what: str) -> None:
    print(f"writing with {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
