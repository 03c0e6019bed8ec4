"""Whether a server that runs still answers."""

import asyncio
from dataclasses import dataclass

import openai

from bot.model.endpoint import Address
from bot.model.line import Line


@dataclass(frozen=True, slots=True)
class Pulse:
    """A server is asked ``every`` so many seconds, and has ``wait`` for its answer.

    After ``misses`` in a row without one it counts as hanging. A server that is busy answers all the same.
    """

    every: float = 15.0
    wait: float = 10.0
    misses: int = 4


async def lost(address: Address, pulse: Pulse) -> None:
    """Return once the server there has missed so many answers, or said so often that it is stuck."""
    line, missed = Line.to(address), 0
    async with line.api:
        while missed < pulse.misses:
            await asyncio.sleep(pulse.every)
            missed = 0 if await _well(line, pulse.wait) else missed + 1


async def _well(line: Line, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await line.health()
    except (openai.OpenAIError, TimeoutError):
        return False
    return True
