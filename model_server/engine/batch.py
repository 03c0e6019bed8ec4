"""The engine: one thread that steps everything that runs, together in one batch."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence, Set
from functools import partial

import torch
from tokenizers import Tokenizer
from torch import Tensor

from model_server.engine.adapters.interface import NO_ADAPTERS, NoAdapters
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.draws import Draws
from model_server.engine.failures import out_of_memory
from model_server.engine.generation import Ticket
from model_server.engine.interface import GenerationFailed, GenerationRequest, Load, Overloaded, Record
from model_server.engine.register import Register
from model_server.engine.runner import Runner
from model_server.engine.schedule import Chunk, Job, Pause, Schedule, Seat, Step
from model_server.engine.vocabulary import Vocabulary
from model_server.engine.writer import Writer

logger = logging.getLogger(__name__)

CHUNK = 256
"""Prompt tokens read between two tokens of the others: large enough for speed, small enough for them to go on."""
WIDE_CHUNK = 1024
"""The same on a GPU, which is idle with less."""

RELIEF = 5
"""Seconds after which to ask again when memory was short."""


class BatchEngine:
    """Fills the Engine interface. Its thread alone touches the model; the register answers everyone else."""

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
        self.register = Register(Schedule(rows, queue, chunk), adapters, report)
        self._runner = runner
        self._draws = Draws(self.register, runner)
        self._vocabulary = Vocabulary(tokenizer, ends)
        self._stepped = stepped
        self._max_seconds = max_seconds
        self._adapters = adapters
        self._step_began = 0.0
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
        self.register.add(ticket)
        return ticket

    def load(self) -> Load:
        """Say how busy the engine is, also while a step does not end."""
        began = self._step_began
        return self.register.load(step_seconds=time.monotonic() - began if began else 0.0)

    def position(self, job: Job) -> int:
        """Give a job's place in the queue, 0 once its turn has come."""
        return self.register.position(job)

    def wait(self, job: Job) -> float:
        """Estimate the seconds until a job's turn comes."""
        return self.register.wait(job)

    def cancel(self, ticket: Ticket) -> None:
        """Take a request out; without effect on one that has finished."""
        self.register.cancel(ticket)

    def close(self) -> None:
        """End the thread; whoever still listens is told that the server stops."""
        self.register.close()
        self._thread.join(timeout=10)
        self.register.fail_all(GenerationFailed("the server is stopping"))

    @torch.inference_mode()
    def _work(self) -> None:
        while (step := self.register.next_step()) is not None:
            self._step_began = time.monotonic()
            self._take(step)
            if self._stepped:
                self._stepped(time.monotonic() - self._step_began, len(step.seats))
            self._step_began = 0.0

    def _take(self, step: Step) -> None:
        self._runner.clear(step.free)
        for pause in step.pauses:
            self._pause(pause)
        if step.chunk:
            self._run(partial(self._read, step.chunk), [step.chunk.job])
        if step.seats and not (step.chunk and self.register.newcomer()):
            self._run(partial(self._write, step.seats), [seat.job for seat in step.seats])

    def _pause(self, pause: Pause) -> None:
        """Remember what a row holds that is given to another now."""
        if (ticket := self.register.ticket(pause.job)) is not None:
            self._runner.remember(pause.row, ticket.text(pause.candidate)[: pause.held], ticket.request.salt)
        self._runner.clear([pause.row])

    def _run(self, act: Callable[[], None], jobs: Sequence[Job]) -> None:
        """Do a part of a step; where it fails, the newest who may be the cause ends, and the others' is done again."""
        try:
            act()
        except Exception as error:
            logger.exception("a step of the engine failed")
            if out_of_memory(error):
                self.register.fail_newest("shed", Overloaded(retry_after=RELIEF))
            else:
                reason = GenerationFailed("the engine could not compute a step; its log says why")
                self.register.fail_newest("failed", reason, among=jobs)

    def _read(self, chunk: Chunk) -> None:
        ticket = self.register.ticket(chunk.job)
        if ticket is None:
            return
        text = ticket.text(chunk.candidate)
        if chunk.start == 0:
            known = self._runner.begin(chunk.row, text[: chunk.due], ticket.request.salt, ticket.adapter)
            chunk = self.register.starts(chunk, known)
        logits = self._timed_read(chunk, text[chunk.start : chunk.end])
        if chunk.last and not ticket.writers[chunk.candidate].written:
            self._begin(chunk, ticket, logits)
        else:
            self.register.has_read(chunk)

    def _timed_read(self, chunk: Chunk, tokens: Sequence[int]) -> Tensor:
        began = time.monotonic()
        logits = self._runner.read(chunk.row, chunk.start, tokens)
        self.register.measured(len(tokens), time.monotonic() - began)
        return logits

    def _begin(self, chunk: Chunk, ticket: Ticket, logits: Tensor) -> None:
        """Let everyone of a job begin to write whose row is there when the prompt has been read into the first."""
        self._runner.remember(chunk.row, ticket.request.prompt, ticket.request.salt)
        seats = self.register.beginners(chunk.job)
        self._runner.fork(chunk.row, [seat.row for seat in seats if seat.row != chunk.row])
        self.register.has_read(chunk)
        self._draws.draw(seats, [logits] * len(seats))

    def _write(self, seats: Sequence[Seat]) -> None:
        still = self.register.still(seats)
        if still:
            logits = self._runner.write({seat.row: writer.written[-1] for seat, writer in still})
            self._draws.draw([seat for seat, _ in still], [logits[seat.row] for seat, _ in still])
