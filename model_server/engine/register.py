"""Who is under way: the requests with their place in the schedule, and what becomes of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from model_server.engine.adapters.interface import NoAdapters
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.generation import Ticket, tell
from model_server.engine.interface import End, EngineError, Event, Finished, Load, QueueFull, Record
from model_server.engine.pace import Breath, Pace
from model_server.engine.schedule import Chunk, Job, Schedule, Seat, Step
from model_server.engine.writer import Writer


class Written(NamedTuple):
    """A candidate that has come to so many tokens, what that brings, and whether a token was drawn for it, if only to be taken back."""

    seat: Seat
    tokens: int
    events: Sequence[Event]
    drawn: bool


class Register:
    """The engine's bookkeeping, which several threads may ask and change: a lock guards it.

    Whatever way a request ends, here it gives back its rows and its adapter and is reported, once.
    """

    def __init__(
        self, schedule: Schedule, adapters: Shelf | NoAdapters, report: Callable[[Record], None]
    ) -> None:
        """`report` hears of every request when it ends, on whichever thread ends it."""
        self._schedule = schedule
        self._pace = Pace(schedule)
        self._breath = Breath(schedule.chunk)
        self._adapters = adapters
        self._report = report
        self._tickets: dict[Job, Ticket] = {}
        self._generated = 0
        self._closing = False
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._tickets)

    def add(self, ticket: Ticket) -> None:
        """Take a request in; where that cannot be, its adapter is given back. Raises QueueFull, TooManyCandidates."""
        with self._changed:
            try:
                self._schedule.add(ticket.job)
            except EngineError as error:
                self._adapters.give_back(ticket.adapter)
                if not isinstance(error, QueueFull):
                    raise
                self._report(ticket.timing.record(ticket.request, "refused"))
                raise QueueFull(error.waiting, self._pace.retry_after(ticket.request.client)) from None
            self._tickets[ticket.job] = ticket
            self._changed.notify()

    def next_step(self) -> Step | None:
        """Wait until there is something to do, and say what; None once it is closed."""
        with self._changed:
            while not self._closing:
                self._expire()
                if (step := self._schedule.next_step()) is not None:
                    if step.chunk:
                        self._pace.began(step.chunk.job)
                    return step
                self._changed.wait()
        return None

    def ticket(self, job: Job) -> Ticket | None:
        """Give a request, None where it has ended."""
        return self._tickets.get(job)

    def still(self, seats: Sequence[Seat]) -> list[tuple[Seat, Writer]]:
        """Give those who have not ended meanwhile."""
        with self._changed:
            return [
                (seat, self._tickets[seat.job].writers[seat.candidate])
                for seat in seats
                if seat.candidate in seat.job.lines
            ]

    def newcomer(self) -> bool:
        """Whether someone has come who is to be served before those who write already."""
        with self._changed:
            return self._schedule.newcomer()

    def starts(self, chunk: Chunk, known: int) -> Chunk:
        """Note that a text is read now of which so many tokens are known; give the chunk to be read instead of its first."""
        if (ticket := self._tickets.get(chunk.job)) is not None:
            ticket.timing.start(known)
        return self._schedule.skip(chunk, known)

    def measured(self, tokens: int, seconds: float) -> None:
        """Note how long it took to read so many tokens."""
        self._breath.note(tokens, seconds)
        self._schedule.breath = self._breath.tokens

    def beginners(self, job: Job) -> list[Seat]:
        """Give the candidates that draw their first token once the prompt has been read into one of their rows."""
        with self._changed:
            return self._schedule.beginners(job)

    def has_read(self, chunk: Chunk) -> None:
        """Note that a chunk is in its row."""
        with self._changed:
            self._schedule.has_read(chunk)

    def have_written(self, all_written: Iterable[Written]) -> None:
        """Note the tokens of a step, and tell what they bring.

        With the last candidate a request is reported, before anyone hears of its end.
        """
        told: list[tuple[Ticket, Event]] = []
        with self._changed:
            for written in all_written:
                if (ticket := self._tickets.get(written.seat.job)) is not None:
                    self._has_written(ticket, written)
                    told += ((ticket, event) for event in written.events)
            tell(told)

    def _has_written(self, ticket: Ticket, written: Written) -> None:
        seat = written.seat
        if written.drawn:
            self._generated += 1
            ticket.timing.token(seat.candidate, written.tokens)
        self._schedule.has_written(seat.job, seat.candidate, written.tokens)
        if any(isinstance(event, Finished) for event in written.events):
            self._schedule.leave(seat.job, seat.candidate)
            self._pace.freed(seat.job)
            if not seat.job.lines:
                self._end(ticket, "finished")

    def load(self, step_seconds: float) -> Load:
        """Say how busy the engine is, whose present step has been going on for so long."""
        with self._changed:
            waiting = self._schedule.waiting()
            return Load(
                running=len(self._schedule.jobs) - len(waiting),
                queue=len(waiting),
                generated_tokens=self._generated,
                free_rows=len(self._schedule.free),
                wait=self._pace.wait_now(),
                step_seconds=step_seconds,
            )

    def position(self, job: Job) -> int:
        """Give a job's place in the queue, 0 once its turn has come."""
        with self._changed:
            return self._schedule.position(job)

    def wait(self, job: Job) -> float:
        """Estimate the seconds until a job's turn comes."""
        with self._changed:
            return self._pace.wait(job)

    def cancel(self, ticket: Ticket) -> None:
        """Take a request out; without effect on one that has finished."""
        with self._changed:
            if self._schedule.drop(ticket.job):
                self._end(ticket, "cancelled")
                self._changed.notify()

    def fail(self, jobs: Iterable[Job], end: End, error: EngineError) -> None:
        """End these requests with an error."""
        with self._changed:
            for job in jobs:
                self._schedule.drop(job)
                if (ticket := self._tickets.get(job)) is not None:
                    self._end(ticket, end)
                    tell([(ticket, error)])

    def fail_newest(self, end: End, error: EngineError, among: Collection[Job] | None = None) -> None:
        """End with an error whoever came last of all who have begun, or of these."""
        with self._changed:
            begun = [job for job in self._tickets if job.begun and (among is None or job in among)]
            self.fail(begun[-1:], end, error)

    def close(self) -> None:
        """Let there be no further step."""
        with self._changed:
            self._closing = True
            self._changed.notify()

    def fail_all(self, error: EngineError) -> None:
        """End all that are left with an error."""
        with self._changed:
            self.fail(list(self._tickets), "failed", error)

    def _expire(self) -> None:
        for ticket in [ticket for ticket in self._tickets.values() if ticket.late]:
            still_open = list(ticket.job.lines)
            self._schedule.drop(ticket.job)
            self._end(ticket, "expired")
            ticket.tell_late(still_open)

    def _end(self, ticket: Ticket, how: End) -> None:
        del self._tickets[ticket.job]
        self._adapters.give_back(ticket.adapter)
        self._pace.ended(ticket.job)
        self._report(ticket.timing.record(ticket.request, how))
