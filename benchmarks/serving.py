"""What the model server costs and gives, beside plain `model.generate` on the same weights in the same run.

    python -m benchmarks.serving [--rounds 3] [--tokens 96] [--dtype auto] [--json]

Both run as processes of their own and are asked in turns; each figure is the median of the rounds. Tokens
per second count from asking to the last token, reading the prompt included. The long story is given cold,
then with one more turn at its end, as a co-written story grows; `generate` reads all of it again.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.serving_peers import Generate, Peer, Server

TOPICS = ("the sea", "a door", "an old clock", "two sisters", "rain", "a lighthouse", "a letter", "winter")
SENTENCE = "The keeper of light {} climbed the stairs and looked out over the dark water. "
STORY = 200
TURN = 3
"""Sentences: some 3,800 tokens, and some 60 more."""

Pair = tuple[float, float]
Measure = Callable[[Peer, int], Awaitable[float]]


@dataclass(frozen=True)
class Figure:
    """One line of the table: the server's figure, that of `generate`, and the one by the other."""

    name: str
    unit: str
    server: float
    generate: float
    ratio: float


def figure(name: str, unit: str, pair: Pair) -> Figure:
    return Figure(name, unit, *pair, ratio=pair[0] / pair[1])


def story(name: int, sentences: int) -> str:
    text = "".join(SENTENCE.format(1000 * name + number) for number in range(sentences))
    return f"{name}. Go on with this story. {text}"


def first_token(of: Callable[[int], str]) -> Measure:
    """Measure from asking for one token of this round's prompt to having it."""

    async def measure(peer: Peer, at: int) -> float:
        return (await peer.write([of(at)], 1)).seconds

    return measure


def speed(count: int, tokens: int) -> Measure:
    """Measure tokens a second over so many requests at once."""

    async def measure(peer: Peer, at: int) -> float:
        prompts = [f"{at}. Write a very long story about {topic}." for topic in TOPICS[:count]]
        answer = await peer.write(prompts, tokens)
        return answer.tokens / answer.seconds

    return measure


async def in_turns(peers: tuple[Peer, Peer], rounds: int, *measures: Measure) -> list[Pair]:
    """Measure both in each round, everything in its order; give the medians of each measure."""
    taken = [
        [[await measure(peer, at) for measure in measures] for peer in peers] for at in range(1, rounds + 1)
    ]
    return [
        (median(one[place] for one, _ in taken), median(other[place] for _, other in taken))
        for place in range(len(measures))
    ]


async def measured(server: Server, generate: Generate, rounds: int, tokens: int) -> list[Figure]:
    peers = (server, generate)
    figures = [
        figure("first token, short prompt", "s", (await in_turns(peers, rounds, first_token(short)))[0])
    ]
    for count in (1, 4, 8):
        [pair] = await in_turns(peers, rounds, speed(count, tokens))
        figures.append(figure(f"{count} at once", "tok/s", pair))
    cold, next_turn = await in_turns(
        peers,
        rounds,
        first_token(lambda at: story(at, STORY)),
        first_token(lambda at: story(at, STORY + TURN)),
    )
    figures.append(figure("first token, long story", "s", cold))
    figures.append(figure("first token, its next turn", "s", next_turn))
    figures.append(figure("memory", "MB", (server.megabytes(), generate.megabytes())))
    return figures


def short(at: int) -> str:
    return f"{at}. Tell me about the sea, and about those who live by it and from it."


def run(rounds: int, tokens: int, dtype: str) -> list[Figure]:
    """Start both cold, then warm, and measure the warm ones."""
    with ExitStack() as stack:
        cache = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cold = []
        for kind in (Server, Generate):
            with kind(cache, dtype, cold=True) as peer:
                cold.append(peer.start_seconds)
        server = stack.enter_context(Server(cache, dtype))
        generate = stack.enter_context(Generate(cache, dtype))
        starts = [
            figure("start, cold", "s", (cold[0], cold[1])),
            figure("start, warm", "s", (server.start_seconds, generate.start_seconds)),
        ]
        return starts + asyncio.run(measured(server, generate, rounds, tokens))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=96)
    parser.add_argument("--dtype", default="auto", help="precision of both")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = run(asked.rounds, asked.tokens, asked.dtype)
    if asked.json:
        print(json.dumps([asdict(line) for line in figures], indent=1))
        return
    print(f"{'':28}{'':>6}{'server':>10}{'generate':>10}{'ratio':>8}")
    for line in figures:
        print(f"{line.name:28}{line.unit:>6}{line.server:10.2f}{line.generate:10.2f}{line.ratio:8.2f}")


if __name__ == "__main__":
    main()
