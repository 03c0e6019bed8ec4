"""How fast a loaded model answers, measured through its own engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

from model_server.engine.interface import Finished, GenerationRequest
from model_server.findings import Finding, mend, ok
from model_server.served import Served

PROMPT = 512
TOKENS = 48
TOGETHER = 4
SENTENCE = "The tide went out and left the harbour to the gulls, and nobody minded. "

PATIENT = 2.0
"""Seconds to a first token that a person waits gladly."""
READING = 8.0
"""Tokens a second that a person reads: what comes slower is waited for."""


@dataclass(frozen=True)
class Speed:
    """Seconds until the first token of a prompt of so many tokens; tokens a second of one alone, and of several together."""

    prompt: int
    first: float
    alone: float
    rows: int
    together: float


async def measure(served: Served, rows: int) -> Speed:
    """Write a little, alone and with up to four in as many rows; a first try, which is slower, is not counted."""
    prompt = min(PROMPT, served.context - TOKENS)
    await _written(served, prompt, 2, "a first try")
    first, alone = await _written(served, prompt, TOKENS, "alone")
    several = min(TOGETHER, rows)
    found = await asyncio.gather(*(_written(served, 8, TOKENS, f"{row}") for row in range(several)))
    return Speed(prompt, first, alone, several, sum(speed for _, speed in found))


def judge(speed: Speed) -> Iterator[Finding]:
    """Say for each whether it will do, and what helps where it does not."""
    first = f"the first token of a prompt of {speed.prompt} tokens comes after {speed.first:.2f} s"
    yield _weighed("first token", first, speed.first <= PATIENT, "People wait for it: name a smaller model.")
    alone = f"{speed.alone:.0f} tokens/s alone"
    yield _weighed(
        "alone", alone, speed.alone >= READING, "People read faster: name a smaller model, or use a GPU."
    )
    together = (
        f"{speed.together:.0f} tokens/s with {speed.rows} at once, {speed.together / speed.rows:.0f} for each"
    )
    fewer = f"People read faster: give --max-concurrent {max(int(speed.together // READING), 1)}, or name a smaller model."
    yield _weighed("together", together, speed.together / speed.rows >= READING, fewer)


def _weighed(subject: str, seen: str, good: bool, remedy: str) -> Finding:
    return ok(subject, seen) if good else mend(subject, seen, remedy)


async def _written(served: Served, prompt: int, tokens: int, salt: str) -> tuple[float, float]:
    """Give the seconds to the first token, and the tokens a second from there to the last."""
    ids = served.chat.plain.encode(SENTENCE * PROMPT).ids[:prompt]
    asked = time.monotonic()
    first = last = 0.0
    request = GenerationRequest(tuple(ids), tokens, seed=1, salt=f"doctor, {salt}", ignore_eos=True)
    async for event in served.engine.submit(request):
        last = time.monotonic()
        first = first or last
        if isinstance(event, Finished):
            tokens = event.tokens
    return first - asked, (tokens - 1) / (last - first) if last > first else 0.0
