"""The engine: one thread that steps everything that runs, together in one batch."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence, Set
from functools import partial

import torch
from tokenizers import Tokenizer
from torch import Tensor

from model_server.engine.generation import Ticket
from model_server.engine.interface import (
    End,
    Finished,
    GenerationFailed,
    GenerationRequest,
    Load,
    QueueFull,
    Record,
)
from model_server.engine.memory import Memory
from model_server.engine.runner import Runner
from model_server.engine.sampling import draw, probabilities
from model_server.engine.schedule import Chunk, Job, Schedule, Seat, Step
from model_server.engine.writer import Writer

logger = logging.getLogger(__name__)

CHUNK = 256
"""Prompt tokens read between two tokens of the others: large enough for speed, small enough for them to go on."""


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
        blocks: int = 0,
        chunk: int = CHUNK,
    ) -> None:
        """`report` hears of every request when it ends, on whichever thread ends it; `blocks` may be remembered."""
        self._runner = runner
        self._tokenizer = tokenizer
        self._ends = ends
        self._report = report
        self._memory = Memory(runner, blocks)
        self._schedule = Schedule(rows, queue, chunk)
        self._tickets: dict[Job, Ticket] = {}
        self._generated = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    def submit(self, request: GenerationRequest) -> Ticket:
        """Take a request in, from a running event loop. Raises QueueFull, TooManyCandidates."""
        writers = [
            Writer(request, candidate, self._tokenizer, self._ends) for candidate in range(request.candidates)
        ]
        ticket = Ticket(request, writers, self)
        try:
            with self._changed:
                self._schedule.add(ticket.job)
                self._tickets[ticket.job] = ticket
                self._changed.notify()
        except QueueFull:
            self._report(ticket.timing.record(request, "refused"))
            raise
        return ticket

    def load(self) -> Load:
        """Say how busy the engine is."""
        with self._changed:
            return Load(len(self._schedule.running), len(self._schedule.waiting), self._generated)

    def position(self, job: Job) -> int:
        """Give a job's place in the queue, 0 once its turn has come."""
        with self._changed:
            return self._schedule.position(job)

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
        self._fail(list(self._tickets), "the server is stopping")

    def _work(self) -> None:
        while (step := self._next_step()) is not None:
            if step.chunk:
                self._run(partial(self._read, step.chunk), [step.chunk.job])
            if step.seats:
                self._run(partial(self._write, step.seats), [seat.job for seat in step.seats])

    def _next_step(self) -> Step | None:
        with self._changed:
            while not self._closing:
                if (step := self._schedule.next_step()) is not None:
                    self._runner.clear(self._schedule.free)
                    return step
                self._runner.rest()
                self._changed.wait()
        return None

    def _run(self, act: Callable[[], None], jobs: Sequence[Job]) -> None:
        try:
            act()
        except Exception:
            logger.exception("a step of the engine failed")
            self._fail(jobs, "the engine could not compute a step; its log says why")

    def _read(self, chunk: Chunk) -> None:
        ticket = self._tickets.get(chunk.job)
        if ticket is None:
            return
        ticket.timing.start()
        if chunk.start == 0:
            chunk = self._recall(chunk, ticket)
        logits = self._runner.read(chunk.row, chunk.start, ticket.request.prompt[chunk.start : chunk.end])
        with self._changed:
            seats = [Seat(chunk.job, candidate, row) for candidate, row in chunk.job.rows.items()]
            self._schedule.has_read(chunk)
        if seats and chunk.last:
            self._memory.keep(chunk.row, ticket.request.prompt, ticket.request.salt)
            self._runner.fork(chunk.row, [seat.row for seat in seats if seat.row != chunk.row])
            self._choose(seats, [logits] * len(seats))

    def _recall(self, chunk: Chunk, ticket: Ticket) -> Chunk:
        """Begin a row with what is known of its prompt; give what is to be read first after that."""
        known = self._memory.recall(chunk.row, ticket.request.prompt, ticket.request.salt)
        ticket.timing.cached = known
        return self._schedule.skip(chunk, known)

    def _write(self, seats: Sequence[Seat]) -> None:
        with self._changed:
            seats = [seat for seat in seats if seat.candidate in seat.job.rows]
            tokens = {seat.row: self._writer(seat).written[-1] for seat in seats}
        if tokens:
            logits = self._runner.write(tokens)
            self._choose(seats, [logits[seat.row] for seat in seats])

    def _choose(self, seats: Sequence[Seat], logits: Sequence[Tensor]) -> None:
        """Draw a token for each seat from its logits (vocab,), and tell what it brings."""
        with self._changed:
            known = [
                (seat, row) for seat, row in zip(seats, logits, strict=True) if seat.job in self._tickets
            ]
            writers = [self._writer(seat) for seat, _ in known]
        if not known:
            return
        weighed = torch.stack([writer.weigh(row) for writer, (_, row) in zip(writers, known, strict=True)])
        chances = probabilities(weighed, [writer.request.sampling for writer in writers])
        tokens = draw(chances, torch.tensor([writer.uniform() for writer in writers], dtype=torch.float64))
        with self._changed:
            for (seat, _), token in zip(known, tokens.tolist(), strict=True):
                self._append(seat, token)

    def _append(self, seat: Seat, token: int) -> None:
        ticket = self._tickets.get(seat.job)
        if ticket is None:
            return
        self._generated += 1
        ticket.timing.token()
        for event in ticket.writers[seat.candidate].take(token):
            if isinstance(event, Finished):
                self._leave(seat, ticket)
            ticket.tell(event)

    def _leave(self, seat: Seat, ticket: Ticket) -> None:
        """Let a finished candidate go; with the last one the request is reported, before anyone hears its end."""
        request, written = ticket.request, ticket.writers[seat.candidate].written
        self._memory.keep(seat.row, [*request.prompt, *written[:-1]], request.salt)
        self._schedule.leave(seat.job, seat.candidate)
        if not seat.job.rows:
            self._end(ticket, "finished")

    def _writer(self, seat: Seat) -> Writer:
        return self._tickets[seat.job].writers[seat.candidate]

    def _fail(self, jobs: Sequence[Job], reason: str) -> None:
        with self._changed:
            for job in jobs:
                self._schedule.drop(job)
                if (ticket := self._tickets.get(job)) is not None:
                    self._end(ticket, "failed")
                    ticket.tell(GenerationFailed(reason))

    def _end(self, ticket: Ticket, how: End) -> None:
        del self._tickets[ticket.job]
        self._report(ticket.timing.record(ticket.request, how))
