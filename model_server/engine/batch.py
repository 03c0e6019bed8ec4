"""The engine: one thread that steps everything that runs, together in one batch."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from functools import partial
from typing import TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from model_server.engine.adapters.interface import NO_ADAPTERS, NoAdapters
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.failures import out_of_memory
from model_server.engine.generation import Ticket
from model_server.engine.interface import (
    End,
    EngineError,
    Finished,
    GenerationFailed,
    GenerationRequest,
    Load,
    Overloaded,
    QueueFull,
    Record,
)
from model_server.engine.pace import Breath, Pace
from model_server.engine.runner import Runner
from model_server.engine.sampling.choosing import Ask, choose
from model_server.engine.schedule import Chunk, Job, Pause, Schedule, Seat, Step
from model_server.engine.vocabulary import Vocabulary
from model_server.engine.writer import Writer

logger = logging.getLogger(__name__)

CHUNK = 256
"""Prompt tokens read between two tokens of the others: large enough for speed, small enough for them to go on."""

RELIEF = 5
"""Seconds after which to ask again when memory was short."""

Given = TypeVar("Given")


Waiting = tuple[Seat, Writer, Tensor]
"""Who is to draw a token, from these logits (vocab,)."""


class BatchEngine:
    """Fills the Engine interface. Its thread alone touches the model; a lock guards the bookkeeping."""

    def __init__(
        self,
        runner: Runner,
        tokenizer: Tokenizer,
        ends: Set[int],
        *,
        rows: int,
        queue: int,
        report: Callable[[Record], None],
        stepped: Callable[[float, int], None] | None = None,
        chunk: int = CHUNK,
        max_seconds: float = math.inf,
        adapters: Shelf | NoAdapters = NO_ADAPTERS,
    ) -> None:
        """`report` hears of every request when it ends, on whichever thread ends it.

        `stepped` hears of every step how long it took and how many rows wrote in it.
        """
        self._runner = runner
        self._vocabulary = Vocabulary(tokenizer, ends)
        self._report = report
        self._stepped = stepped
        self._max_seconds = max_seconds
        self._adapters = adapters
        self._schedule = Schedule(rows, queue, chunk)
        self._pace = Pace(self._schedule)
        self._breath = Breath(chunk)
        self._tickets: dict[Job, Ticket] = {}
        self._generated = 0
        self._step_began = 0.0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def prepare(self, request: GenerationRequest) -> None:
        """Make what takes a while: a grammar, what is known of every token, an adapter.

        Raises Unfit, UnknownAdapter, UnfitAdapter, NoRoomForAdapter.
        """
        self._adapters.load(request.adapter)
        self._vocabulary.prepare(request)

    def submit(self, request: GenerationRequest) -> Ticket:
        """Take a request in, from a running event loop. Raises QueueFull, TooManyCandidates, Unfit, NoRoomForAdapter."""
        openings = set[int]() if request.distinct and request.candidates > 1 else None
        writers = [
            Writer(request, candidate, self._vocabulary, openings) for candidate in range(request.candidates)
        ]
        adapter = self._adapters.take(request.adapter)
        ticket = Ticket(request, writers, self, self._max_seconds, adapter)
        try:
            with self._changed:
                self._schedule.add(ticket.job)
                self._tickets[ticket.job] = ticket
                self._changed.notify()
        except EngineError as error:
            self._adapters.give_back(adapter)
            if not isinstance(error, QueueFull):
                raise
            self._report(ticket.timing.record(request, "refused"))
            raise QueueFull(error.waiting, self._retry_after(request)) from None
        return ticket

    def load(self) -> Load:
        """Say how busy the engine is, also while a step does not end."""
        began = self._step_began
        with self._changed:
            waiting = self._schedule.waiting()
            return Load(
                running=len(self._schedule.jobs) - len(waiting),
                queue=len(waiting),
                generated_tokens=self._generated,
                free_rows=len(self._schedule.free),
                wait=self._pace.wait_now(),
                step_seconds=time.monotonic() - began if began else 0.0,
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

    def close(self) -> None:
        """End the thread; whoever still listens is told that the server stops."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout=10)
        self._fail(list(self._tickets), "failed", GenerationFailed("the server is stopping"))

    @torch.inference_mode()
    def _work(self) -> None:
        while (step := self._next_step()) is not None:
            self._step_began = time.monotonic()
            for pause in step.pauses:
                self._pause(pause)
            if step.chunk:
                self._run(partial(self._read, step.chunk), [step.chunk.job])
            if step.seats and not (step.chunk and self._newcomer()):
                self._run(partial(self._write, step.seats), [seat.job for seat in step.seats])
            if self._stepped:
                self._stepped(time.monotonic() - self._step_began, len(step.seats))
            self._step_began = 0.0

    def _newcomer(self) -> bool:
        """Whether someone came while a chunk was read who is to be served before those who write already."""
        with self._changed:
            return self._schedule.newcomer()

    def _next_step(self) -> Step | None:
        with self._changed:
            while not self._closing:
                self._expire()
                if (step := self._schedule.next_step()) is not None:
                    self._runner.clear(self._schedule.free)
                    if step.chunk:
                        self._pace.began(step.chunk.job)
                    return step
                self._changed.wait()
        return None

    def _expire(self) -> None:
        for ticket in [ticket for ticket in self._tickets.values() if ticket.late]:
            still_open = list(ticket.job.lines)
            self._schedule.drop(ticket.job)
            self._end(ticket, "expired")
            ticket.tell_late(still_open)

    def _pause(self, pause: Pause) -> None:
        """Remember what a row holds that is given to another now."""
        if (ticket := self._tickets.get(pause.job)) is not None:
            self._runner.remember(pause.row, ticket.text(pause.candidate)[: pause.held], ticket.request.salt)
        self._runner.clear([pause.row])

    def _run(self, act: Callable[[], None], jobs: Sequence[Job]) -> None:
        """Do a part of a step; where it fails, the newest who may be the cause ends, and the others' is done again."""
        try:
            act()
        except Exception as error:
            logger.exception("a step of the engine failed")
            if out_of_memory(error):
                self._fail_newest(self._tickets, "shed", Overloaded(retry_after=RELIEF))
            else:
                reason = GenerationFailed("the engine could not compute a step; its log says why")
                self._fail_newest(jobs, "failed", reason)

    def _read(self, chunk: Chunk) -> None:
        ticket = self._tickets.get(chunk.job)
        if ticket is None:
            return
        text = ticket.text(chunk.candidate)
        if chunk.start == 0:
            known = self._runner.begin(chunk.row, text[: chunk.due], ticket.request.salt, ticket.adapter)
            chunk = self._schedule.skip(chunk, known)
            ticket.timing.start(known)
        logits = self._timed_read(chunk, text[chunk.start : chunk.end])
        if chunk.last and not ticket.writers[chunk.candidate].written:
            self._begin(chunk, ticket, logits)
        else:
            with self._changed:
                self._schedule.has_read(chunk)

    def _timed_read(self, chunk: Chunk, tokens: Sequence[int]) -> Tensor:
        began = time.monotonic()
        logits = self._runner.read(chunk.row, chunk.start, tokens)
        self._breath.note(len(tokens), time.monotonic() - began)
        self._schedule.breath = self._breath.tokens
        return logits

    def _begin(self, chunk: Chunk, ticket: Ticket, logits: Tensor) -> None:
        """Let everyone of a job begin to write whose row is there when the prompt has been read into the first."""
        self._runner.remember(chunk.row, ticket.request.prompt, ticket.request.salt)
        with self._changed:
            seats = self._schedule.beginners(chunk.job)
        self._runner.fork(chunk.row, [seat.row for seat in seats if seat.row != chunk.row])
        with self._changed:
            self._schedule.has_read(chunk)
        self._choose(seats, [logits] * len(seats))

    def _write(self, seats: Sequence[Seat]) -> None:
        known = self._known(seats)
        if known:
            logits = self._runner.write({seat.row: writer.written[-1] for seat, writer in known})
            self._choose([seat for seat, _ in known], [logits[seat.row] for seat, _ in known])

    def _choose(self, seats: Sequence[Seat], logits: Sequence[Tensor]) -> None:
        """Draw a token for each seat from its logits (vocab,), and tell what it brings."""
        rows = dict(zip(seats, logits, strict=True))
        waiting = [(seat, writer, rows[seat]) for seat, writer in self._known(seats)]
        while waiting:
            asked: list[tuple[Waiting, Ask]] = []
            for one in waiting:
                ask = self._alone(one[0], partial(one[1].ask, one[2]))
                if ask is not None:
                    asked.append((one, ask))
            for ((seat, writer, _), _), token in zip(asked, self._drawn(asked), strict=True):
                if token is not None:
                    self._append(seat, writer, token)
            waiting = [
                (seat, writer, writer.again)
                for seat, writer in self._known([seat for (seat, _, _), _ in asked])
                if writer.again is not None
            ]

    def _drawn(self, asked: Sequence[tuple[Waiting, Ask]]) -> Sequence[int | None]:
        """Draw for all together; where that fails, for each alone, which ends whoever was the cause."""
        try:
            return _together(asked)
        except Exception:
            logger.exception("drawing for the batch failed")
            return [self._alone(one[0][0], lambda one=one: _together([one])[0]) for one in asked]

    def _append(self, seat: Seat, writer: Writer, token: int) -> None:
        events = self._alone(seat, lambda: list(writer.take(token)))
        ticket = self._tickets.get(seat.job)
        if events is None or ticket is None:
            return
        if writer.again is not None:
            self._runner.rewind(seat.row, len(ticket.text(seat.candidate)))
        finished = any(isinstance(event, Finished) for event in events)
        if finished:
            self._runner.remember(seat.row, ticket.text(seat.candidate)[:-1], ticket.request.salt)
        with self._changed:
            if seat.job in self._tickets:
                self._generated += 1
                ticket.timing.token()
                self._schedule.has_written(seat.job, seat.candidate, len(writer.written))
                if finished:
                    self._leave(seat, ticket)
                for event in events:
                    ticket.tell(event)

    def _leave(self, seat: Seat, ticket: Ticket) -> None:
        """Let a finished candidate go; with the last one the request is reported, before anyone hears its end."""
        self._schedule.leave(seat.job, seat.candidate)
        self._pace.freed(seat.job)
        if not seat.job.lines:
            self._end(ticket, "finished")

    def _alone(self, seat: Seat, act: Callable[[], Given]) -> Given | None:
        """Do a request's own part of a step: what that raises ends this request, and no other; it gives None."""
        try:
            return act()
        except EngineError as error:
            self._fail([seat.job], "failed", error)
            return None
        except Exception:
            logger.exception("a request's own part of a step failed")
            self._fail(
                [seat.job], "failed", GenerationFailed("its own part of a step failed; the log says why")
            )
            return None

    def _known(self, seats: Sequence[Seat]) -> list[tuple[Seat, Writer]]:
        """Give those who have not been cancelled meanwhile."""
        with self._changed:
            return [
                (seat, self._tickets[seat.job].writers[seat.candidate])
                for seat in seats
                if seat.candidate in seat.job.lines
            ]

    def _fail_newest(self, jobs: Collection[Job], end: End, error: EngineError) -> None:
        with self._changed:
            newest = [job for job in self._tickets if job.begun and job in jobs][-1:]
            self._fail(newest, end, error)

    def _fail(self, jobs: Iterable[Job], end: End, error: EngineError) -> None:
        with self._changed:
            for job in jobs:
                self._schedule.drop(job)
                if (ticket := self._tickets.get(job)) is not None:
                    self._end(ticket, end)
                    ticket.tell(error)

    def _end(self, ticket: Ticket, how: End) -> None:
        del self._tickets[ticket.job]
        self._adapters.give_back(ticket.adapter)
        self._pace.ended(ticket.job)
        self._report(ticket.timing.record(ticket.request, how))

    def _retry_after(self, request: GenerationRequest) -> int:
        with self._changed:
            return self._pace.retry_after(request.client)


def _together(asked: Sequence[tuple[Waiting, Ask]]) -> list[int]:
    if not asked:
        return []
    return choose(torch.stack([logits for (_, _, logits), _ in asked]), [ask for _, ask in asked])
