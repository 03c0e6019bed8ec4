"""How long one client waits for its first token while another floods the server, beside how long it waits alone.

    python -m benchmarks.fairness [--rounds 8] [--flood 24] [--dtype auto] [--json]

In each round a newcomer asks three times alone, then three times at random moments of a flood by another
`user` that has taken every row; each time with a text that was never read. Medians of all rounds.
"""

import argparse
import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

import openai

from benchmarks.own_server import OwnServer, own_server

SENTENCE = "The keeper of light {} climbed the stairs and looked out over the dark water. "
LENGTHS = {"short prompt": 1, "page of a story": 30}
ASKED = 3
FLOOD_TOKENS = 400


@dataclass(frozen=True)
class Waiting:
    """A newcomer's seconds to the first token, alone and beside a flood."""

    name: str
    alone: float
    flooded: float
    ratio: float


def text(sentences: int) -> str:
    return "".join(SENTENCE.format(random.randrange(10**9)) for _ in range(sentences))


async def stream(
    client: openai.AsyncOpenAI, server: OwnServer, user: str, sentences: int, tokens: int
) -> float:
    """Ask, read to the end, and give the seconds to the first token."""
    started, first = perf_counter(), 0.0
    answer = await client.chat.completions.create(
        model=server.model,
        messages=[{"role": "user", "content": text(sentences) + "Go on."}],
        max_tokens=tokens,
        user=user,
        stream=True,
    )
    async for chunk in answer:
        if chunk.choices and chunk.choices[0].delta.content and not first:
            first = perf_counter() - started
    return first


async def until(server: OwnServer, reached: Callable[[dict[str, Any]], bool]) -> None:
    while True:
        if reached(await asyncio.to_thread(server.health)):
            return
        await asyncio.sleep(0.05)


@asynccontextmanager
async def flooded(client: openai.AsyncOpenAI, server: OwnServer, count: int) -> AsyncIterator[None]:
    """Keep so many requests of one client open until all rows are taken, and beyond."""
    requests = [
        asyncio.create_task(stream(client, server, "flood", random.randint(1, 20), FLOOD_TOKENS))
        for _ in range(count)
    ]
    await until(server, lambda now: now["free_rows"] == 0)
    yield
    for request in requests:
        request.cancel()
    await asyncio.gather(*requests, return_exceptions=True)
    await until(server, lambda now: now["running"] == 0)


async def newcomer(client: openai.AsyncOpenAI, server: OwnServer, sentences: int) -> list[float]:
    waits = []
    for _ in range(ASKED):
        await asyncio.sleep(random.uniform(0, 1))
        waits.append(await stream(client, server, "newcomer", sentences, 4))
    return waits


async def measured(server: OwnServer, rounds: int, flood: int) -> list[Waiting]:
    alone: dict[str, list[float]] = {name: [] for name in LENGTHS}
    beside: dict[str, list[float]] = {name: [] for name in LENGTHS}
    async with server.client() as client:
        for _ in range(rounds):
            for name, sentences in LENGTHS.items():
                alone[name] += await newcomer(client, server, sentences)
                async with flooded(client, server, flood):
                    beside[name] += await newcomer(client, server, sentences)
    return [
        Waiting(name, median(alone[name]), median(beside[name]), median(beside[name]) / median(alone[name]))
        for name in LENGTHS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--flood", type=int, default=24, help="requests of the one who floods")
    parser.add_argument("--dtype", default="auto", help="precision of the weights")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with own_server("--dtype", asked.dtype) as server:
        lines = asyncio.run(measured(server, asked.rounds, asked.flood))
    if asked.json:
        print(json.dumps([asdict(line) for line in lines], indent=1))
        return
    print(f"{'first token of a newcomer':28}{'alone':>9}{'flooded':>9}{'ratio':>8}")
    for line in lines:
        print(f"{line.name:28}{line.alone:8.3f}s{line.flooded:8.3f}s{line.ratio:8.2f}")


if __name__ == "__main__":
    main()
