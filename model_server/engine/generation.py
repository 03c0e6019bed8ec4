"""A request under way, seen from the event loop that asked and told of by the engine's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol, Self

from model_server.engine.interface import End, Event, Finished, GenerationFailed, GenerationRequest, Record
from model_server.engine.schedule import Job
from model_server.engine.writer import Writer


class Timing:
    """When what happened to a request."""

    def __init__(self) -> None:
        self.asked = time.time()
        self.started = self.first = self.last = 0.0
        self.tokens = 0
        self.cached = 0

    def start(self) -> None:
        """Note that the first chunk of the prompt is read now."""
        self.started = self.started or time.time()

    def token(self) -> None:
        """Note a generated token."""
        self.last = time.time()
        self.first = self.first or self.last
        self.tokens += 1

    def record(self, request: GenerationRequest, end: End) -> Record:
        """Give what is kept of a request that ends now."""
        writing = self.last - self.first
        return Record(
            end=end,
            prompt_tokens=len(request.prompt),
            cached_tokens=self.cached,
            candidates=request.candidates,
            tokens=self.tokens,
            queued=self._since_asked(self.started),
            first_token=self._since_asked(self.first),
            seconds=self._since_asked(time.time()),
            tokens_per_second=round((self.tokens - request.candidates) / writing, 1) if writing > 0 else 0.0,
            first_at=round(self.first, 3),
            last_at=round(self.last, 3),
        )

    def _since_asked(self, moment: float) -> float:
        return round(max(moment - self.asked, 0), 3)


class Owner(Protocol):
    """What a ticket asks of its engine."""

    def position(self, job: Job) -> int:
        """Give a job's place in the queue."""
        ...

    def cancel(self, ticket: Ticket) -> None:
        """Take a request out."""
        ...


class Ticket:
    """What `submit` hands out (the Generation of the interface), with what the engine needs to go on."""

    def __init__(self, request: GenerationRequest, writers: list[Writer], engine: Owner) -> None:
        self.request = request
        self.writers = writers
        self.job = Job(len(request.prompt), request.candidates)
        self.timing = Timing()
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | GenerationFailed] = asyncio.Queue()
        self._open = request.candidates

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if not self._open:
            raise StopAsyncIteration
        event = await self._events.get()
        if isinstance(event, GenerationFailed):
            raise event
        if isinstance(event, Finished):
            self._open -= 1
        return event

    @property
    def position(self) -> int:
        """Give the place in the queue, 0 once its turn has come."""
        return self._engine.position(self.job)

    @property
    def cached_tokens(self) -> int:
        """Give how many tokens of the prompt had not to be read again."""
        return self.timing.cached

    def cancel(self) -> None:
        """Stop before the next token; without effect on one that has finished."""
        self._engine.cancel(self)

    def tell(self, event: Event | GenerationFailed) -> None:
        """Hand an event over to the asking loop, from any thread; a loop that is gone hears nothing."""
        put: Callable[[Event | GenerationFailed], None] = self._events.put_nowait
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(put, event)
