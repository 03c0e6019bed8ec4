"""Who goes next: the engine's bookkeeping. It counts rows and tokens and never sees a tensor.

A *row* is a place in the batch with its own stretch of the key-value cache. A job waits until as many
rows are free as it has candidates, first come, first served; then its prompt is read in chunks into its
first row; then all its rows write, one token a step, beside those of the other jobs.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from model_server.engine.interface import QueueFull, TooManyCandidates


@dataclass(eq=False)
class Job:
    """A request's claim: how long its prompt is, how many rows it needs, how far it has come."""

    prompt_tokens: int
    candidates: int
    read: int = 0
    rows: dict[int, int] = field(default_factory=dict[int, int])
    """The row of each candidate that is still being written."""


@dataclass(frozen=True)
class Chunk:
    """The part of a job's prompt to be read next, into this row."""

    job: Job
    row: int
    start: int
    end: int

    @property
    def last(self) -> bool:
        """Whether the prompt has been read to its end after this chunk."""
        return self.end == self.job.prompt_tokens


@dataclass(frozen=True)
class Seat:
    """A candidate that writes its next token in this row."""

    job: Job
    candidate: int
    row: int


@dataclass(frozen=True)
class Step:
    """One turn of the engine: at most one chunk is read, and everyone who writes writes one token."""

    chunk: Chunk | None
    seats: tuple[Seat, ...]


class Schedule:
    """The queue and the rows. Not thread-safe: its owner holds a lock."""

    def __init__(self, rows: int, queue: int, chunk: int) -> None:
        self.rows = rows
        self.queue = queue
        self.chunk = chunk
        self.waiting: deque[Job] = deque()
        self.running: list[Job] = []
        self.free = list(range(rows))

    def add(self, job: Job) -> None:
        """Queue a job. Raises QueueFull, and TooManyCandidates where its turn could never come."""
        if job.candidates > self.rows:
            raise TooManyCandidates(job.candidates, self.rows)
        must_wait = bool(self.waiting) or job.candidates > len(self.free)
        if must_wait and len(self.waiting) >= self.queue:
            raise QueueFull(len(self.waiting), retry_after=1 + len(self.waiting) // 2)
        self.waiting.append(job)

    def next_step(self) -> Step | None:
        """Let in whoever fits, then say what is to be done, or None when there is nothing."""
        while self.waiting and self.waiting[0].candidates <= len(self.free):
            self._seat(self.waiting.popleft())
        step = Step(self._next_chunk(), tuple(self._seats()))
        return step if step.chunk or step.seats else None

    def skip(self, chunk: Chunk, known: int) -> Chunk:
        """Give the chunk to be read instead of a job's first one, when so many tokens are known already."""
        return replace(chunk, start=known, end=min(known + self.chunk, chunk.job.prompt_tokens))

    def has_read(self, chunk: Chunk) -> None:
        """Note that a chunk is in the cache."""
        chunk.job.read = chunk.end

    def leave(self, job: Job, candidate: int) -> None:
        """Free the row of a candidate that is finished; the job leaves with its last one."""
        heapq.heappush(self.free, job.rows.pop(candidate))
        if not job.rows:
            self.running.remove(job)

    def drop(self, job: Job) -> bool:
        """Take a job out wherever it stands, and say whether it was still there."""
        if job in self.waiting:
            self.waiting.remove(job)
            return True
        if job not in self.running:
            return False
        for candidate in list(job.rows):
            self.leave(job, candidate)
        return True

    def position(self, job: Job) -> int:
        """Give the place in the queue, counted from 1; 0 for a job that does not wait."""
        return self.waiting.index(job) + 1 if job in self.waiting else 0

    def _seat(self, job: Job) -> None:
        job.rows = {candidate: heapq.heappop(self.free) for candidate in range(job.candidates)}
        self.running.append(job)

    def _next_chunk(self) -> Chunk | None:
        for job in self.running:
            if job.read < job.prompt_tokens:
                end = min(job.read + self.chunk, job.prompt_tokens)
                return Chunk(job, job.rows[0], job.read, end)
        return None

    def _seats(self) -> Iterator[Seat]:
        for job in self.running:
            if job.read == job.prompt_tokens:
                yield from (Seat(job, candidate, row) for candidate, row in job.rows.items())
