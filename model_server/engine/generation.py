"""A request under way, seen from the event loop that asked and told of by the engine's thread."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterable
from typing import Protocol, Self

from model_server.engine.adapters.reading import Adapter
from model_server.engine.interface import (
    DeadlinePassed,
    End,
    EngineError,
    Event,
    Finished,
    GenerationRequest,
    Record,
)
from model_server.engine.schedule import Job
from model_server.engine.writer import Writer


class Timing:
    """When what happened to a request."""

    def __init__(self) -> None:
        self.asked = time.time()
        self.started = self.first = self.last = 0.0
        self.cached = 0
        self._written = Counter[int]()

    def start(self, cached: int) -> None:
        """Note that the prompt is read now, of which so much was known; what is read again later changes nothing."""
        if not self.started:
            self.started, self.cached = time.time(), cached

    def token(self, candidate: int, written: int) -> None:
        """Note that a candidate has drawn a token and now has so many, fewer than before where it went back."""
        self.last = time.time()
        self.first = self.first or self.last
        self._written[candidate] = written

    @property
    def tokens(self) -> int:
        """How many tokens there are of the answer, all candidates together."""
        return self._written.total()

    def record(self, request: GenerationRequest, end: End) -> Record:
        """Give what is kept of a request that ends now."""
        writing, later = self.last - self.first, max(self.tokens - request.candidates, 0)
        return Record(
            end=end,
            prompt_tokens=len(request.prompt),
            cached_tokens=self.cached,
            candidates=request.candidates,
            tokens=self.tokens,
            queued=self._since_asked(self.started),
            first_token=self._since_asked(self.first),
            seconds=self._since_asked(time.time()),
            tokens_per_second=round(later / writing, 1) if writing > 0 else 0.0,
            first_at=round(self.first, 3),
            last_at=round(self.last, 3),
            adapter=request.adapter,
        )

    @property
    def queued(self) -> float:
        """How long it waited, so far or in all."""
        return max((self.started or time.time()) - self.asked, 0)

    def _since_asked(self, moment: float) -> float:
        return round(max(moment - self.asked, 0), 3)


class Owner(Protocol):
    """What a ticket asks of its engine."""

    def position(self, job: Job) -> int:
        """Give a job's place in the queue."""
        ...

    def wait(self, job: Job) -> float:
        """Estimate how long a job has to wait."""
        ...

    def cancel(self, ticket: Ticket) -> None:
        """Take a request out."""
        ...


class Ticket:
    """What `submit` hands out (the Generation of the interface), with what the engine needs to go on."""

    def __init__(
        self,
        request: GenerationRequest,
        writers: list[Writer],
        engine: Owner,
        most_seconds: float,
        adapter: Adapter | None = None,
    ) -> None:
        self.request = request
        self.writers = writers
        self.adapter = adapter
        self.job = Job(len(request.prompt), request.candidates, request.client)
        self.timing = Timing()
        self.seconds = min(request.max_seconds, most_seconds)
        self._deadline = time.monotonic() + self.seconds
        self._engine = engine
        self.loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event | EngineError] = asyncio.Queue()
        self._open = request.candidates

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
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
        """Give the place in the queue, 0 once its turn has come."""
        return self._engine.position(self.job)

    @property
    def wait(self) -> float:
        """Estimate the seconds until its turn comes."""
        return self._engine.wait(self.job)

    @property
    def queued(self) -> float:
        """Give the seconds that it has waited for its turn."""
        return self.timing.queued

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self._deadline

    @property
    def cached_tokens(self) -> int:
        """Give how many tokens of the prompt had not to be read again."""
        return self.timing.cached

    def cancel(self) -> None:
        """Stop before the next token; without effect on one that has finished."""
        self._engine.cancel(self)

    def text(self, candidate: int) -> tuple[int, ...]:
        """Give the prompt and what a candidate has written."""
        return (*self.request.prompt, *self.writers[candidate].written)

    def hear(self, event: Event | EngineError) -> None:
        """Take an event in, on the loop."""
        self._events.put_nowait(event)

    def tell_late(self, open_candidates: Iterable[int]) -> None:
        """End the candidates that are still open where they are; where nothing is written yet, that is an error."""
        if not self.timing.tokens:
            error = DeadlinePassed(self.seconds, asked=self.seconds == self.request.max_seconds)
            tell([(self, error)])
            return
        tell([(self, event) for candidate in open_candidates for event in self.writers[candidate].cut()])


def tell(events: Iterable[tuple[Ticket, Event | EngineError]]) -> None:
    """Hand events over to the loops that wait for them, from any thread; a loop that is gone hears nothing.

    Each loop is woken once: a loop that wakes wants the interpreter, which the next step needs too.
    """
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Ticket, Event | EngineError]]] = {}
    for ticket, event in events:
        by_loop.setdefault(ticket.loop, []).append((ticket, event))
    for loop, those in by_loop.items():
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_hear, those)


def _hear(events: Iterable[tuple[Ticket, Event | EngineError]]) -> None:
    for ticket, event in events:
        ticket.hear(event)
