"""Several prompts of one request: submitted together, heard as one generation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

from model_server.engine.interface import (
    Engine,
    EngineError,
    Event,
    Finished,
    Generation,
    GenerationRequest,
)


def submit(engine: Engine, jobs: Sequence[GenerationRequest]) -> Generation:
    """Submit all of the jobs or none. Raises QueueFull, TooManyCandidates."""
    taken: list[Generation] = []
    try:
        for job in jobs:
            taken.append(engine.submit(job))
    except EngineError:
        for generation in taken:
            generation.cancel()
        raise
    return taken[0] if len(taken) == 1 else Together(taken, jobs[0].candidates)


class Together:
    """Fills the Generation interface for several; their candidates are numbered through in the order of the prompts."""

    def __init__(self, generations: Sequence[Generation], candidates: int) -> None:
        self._generations = generations
        self._events: asyncio.Queue[Event | EngineError] = asyncio.Queue()
        self._open = len(generations) * candidates
        self._listening = [
            asyncio.create_task(self._listen(generation, place * candidates))
            for place, generation in enumerate(generations)
        ]

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """Give the next event of any of them. Raises what it raises for one."""
        if not self._open:
            raise StopAsyncIteration
        event = await self._events.get()
        if isinstance(event, EngineError):
            raise event
        if isinstance(event, Finished):
            self._open -= 1
        return event

    @property
    def position(self) -> int:
        """Give the place in the queue of the foremost."""
        return min(generation.position for generation in self._generations)

    @property
    def wait(self) -> float:
        """Estimate the seconds until it is the foremost's turn."""
        return min(generation.wait for generation in self._generations)

    @property
    def queued(self) -> float:
        """Give the seconds that the foremost has waited."""
        return min(generation.queued for generation in self._generations)

    @property
    def cached_tokens(self) -> int:
        """Give how many tokens of all the prompts had not to be read again."""
        return sum(generation.cached_tokens for generation in self._generations)

    def cancel(self) -> None:
        """Stop all of them."""
        for generation, listening in zip(self._generations, self._listening, strict=True):
            listening.cancel()
            generation.cancel()

    async def _listen(self, generation: Generation, first: int) -> None:
        try:
            async for event in generation:
                self._events.put_nowait(replace(event, candidate=first + event.candidate))
        except EngineError as failure:
            self._events.put_nowait(failure)
