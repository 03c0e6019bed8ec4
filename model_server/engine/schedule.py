"""Who goes next: the engine's bookkeeping. It counts rows and tokens and never sees a tensor.

A *row* is a place in the batch with its own stretch of the key-value cache, and each candidate of a job needs
one. A free row goes to the client who has fewest, among equals to the one who has had least (`shares`); where
none is free and one client has two more than another who waits, the newest of its candidates is paused: it
gives its row away and goes on later from the same place. A prompt is read in chunks into one row of its job
and copied to the others; then each row writes one token a step, beside those of all other jobs.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from model_server.engine.interface import QueueFull, TooManyCandidates
from model_server.engine.shares import Shares

PATIENCE = 3
"""How many places of the queue one client may take for each that it leaves free (Choudhury and Hahne, 1998)."""

LEAD = 4096
"""How many tokens a client of whose answers nothing is written yet may read ahead of its share."""


@dataclass(eq=False)
class Line:
    """One candidate's text: how much of it is written, and how much of it its row holds."""

    job: Job
    candidate: int
    row: int | None = None
    held: int = 0
    written: int = 0
    turn: int = 0
    """When a part of it was last read."""

    @property
    def due(self) -> int:
        """How many tokens its row has to hold before it writes the next."""
        return self.job.prompt_tokens + max(0, self.written - 1)


@dataclass(eq=False)
class Job:
    """A request's claim: how long its prompt is, how many rows it needs, and for whom."""

    prompt_tokens: int
    candidates: int
    client: str = ""
    begun: bool = False
    lines: dict[int, Line] = field(init=False)
    """The candidates that are still to be written."""

    def __post_init__(self) -> None:
        self.lines = {candidate: Line(self, candidate) for candidate in range(self.candidates)}

    @property
    def rows(self) -> dict[int, int]:
        """The row of each candidate that has one."""
        return {line.candidate: line.row for line in self.lines.values() if line.row is not None}


@dataclass(frozen=True)
class Chunk:
    """The part of a candidate's text to be read next, into this row."""

    job: Job
    candidate: int
    row: int
    start: int
    end: int
    due: int
    """How long all of that text is."""

    @property
    def last(self) -> bool:
        """Whether the text has been read to its end after this chunk."""
        return self.end == self.due


@dataclass(frozen=True)
class Seat:
    """A candidate that writes its next token in this row."""

    job: Job
    candidate: int
    row: int


@dataclass(frozen=True)
class Pause:
    """A candidate that gives its row away, which holds so many tokens of its text."""

    job: Job
    candidate: int
    row: int
    held: int


@dataclass(frozen=True)
class Step:
    """One turn of the engine: some are paused, at most one chunk is read, and everyone who writes writes one token."""

    pauses: tuple[Pause, ...]
    chunk: Chunk | None
    seats: tuple[Seat, ...]
    free: tuple[int, ...]
    """The rows that are nobody's."""


class Schedule:
    """The queue and the rows. Not thread-safe: its owner holds a lock."""

    def __init__(self, rows: int, queue: int, chunk: int) -> None:
        self.rows = rows
        self.queue = queue
        self.chunk = chunk
        self.breath = chunk
        """Prompt tokens read at once where a newcomer would have to wait for them: with no row free, for a client who writes already."""
        self.jobs: list[Job] = []
        self.free = list(range(rows))
        self.shares = Shares()
        self._turn = 0

    def add(self, job: Job) -> None:
        """Queue a job. Raises QueueFull, and TooManyCandidates where its turn could never come."""
        if job.candidates > self.rows:
            raise TooManyCandidates(job.candidates, self.rows)
        waiting = self.waiting()
        own = sum(other.client == job.client for other in waiting)
        if self._unseated() >= len(self.free) and own >= PATIENCE * (self.queue - len(waiting)):
            raise QueueFull(len(waiting))
        self.jobs.append(job)
        self.shares.enter(job.client)

    def next_step(self) -> Step | None:
        """Let in whose turn it is, then say what is to be done, or None when there is nothing."""
        pauses = tuple(self._admit())
        step = Step(pauses, self._next_chunk(), tuple(self._seats()), tuple(self.free))
        return step if step.chunk or step.seats else None

    def skip(self, chunk: Chunk, known: int) -> Chunk:
        """Give the chunk to be read instead of a text's first one, when so many tokens are known already."""
        size = max(self.breath, chunk.end - chunk.start)
        return replace(chunk, start=known, end=min(known + size, chunk.due))

    def has_read(self, chunk: Chunk) -> None:
        """Note that a chunk is in its row. What is read again after a pause is on the house."""
        line = chunk.job.lines.get(chunk.candidate)
        if line is None:
            return
        self._turn += 1
        line.held, line.turn = chunk.end, self._turn
        if not line.written:
            self.shares.read(chunk.job.client, chunk.end - chunk.start)

    def beginners(self, job: Job) -> list[Seat]:
        """Give the candidates that draw their first token once the prompt has been read into one of their rows."""
        return [Seat(job, line.candidate, row) for line, row in _seated(job) if not line.written]

    def has_written(self, job: Job, candidate: int, written: int) -> None:
        """Note that a candidate, by another token, has come to so many."""
        line = job.lines[candidate]
        line.written = written
        line.held = line.due
        self.shares.wrote(job.client)

    def leave(self, job: Job, candidate: int) -> None:
        """Take out a candidate that is finished; the job leaves with its last one."""
        self._release(job.lines.pop(candidate))
        if not job.lines:
            self.jobs.remove(job)
            self.shares.exit(job.client)

    def drop(self, job: Job) -> bool:
        """Take a job out wherever it stands, and say whether it was still there."""
        if job not in self.jobs:
            return False
        for candidate in list(job.lines):
            self.leave(job, candidate)
        return True

    def newcomer(self) -> bool:
        """Say whether there is a client without a row who gets one in the next step."""
        held = self._held()
        return min(held.values(), default=1) == 0 and (bool(self.free) or max(held.values()) > 1)

    def waiting(self) -> list[Job]:
        """Give the jobs that have not begun, in the order in which they will, should nobody come or go."""
        claims = Counter[str]()
        order: dict[Job, tuple[int, int]] = {}
        for job in self.jobs:
            if not job.begun:
                order[job] = claims[job.client], self.shares.used(job.client)
            claims[job.client] += len(job.lines)
        return sorted(order, key=order.__getitem__)

    def position(self, job: Job) -> int:
        """Give the place in the queue, counted from 1; 0 for a job that does not wait."""
        waiting = self.waiting()
        return waiting.index(job) + 1 if job in waiting else 0

    def claims(self, before: Sequence[Job]) -> int:
        """Count the rows that have to become free for whoever has these before them."""
        paused = sum(line.row is None for job in self.jobs if job.begun for line in job.lines.values())
        return max(0, sum(len(job.lines) for job in before) + paused + 1 - len(self.free))

    def _admit(self) -> Iterator[Pause]:
        held = self._held()
        while (line := self._next_line(held)) is not None:
            client = line.job.client
            if not self.free:
                rich = max(held, key=lambda other: (held[other], self.shares.used(other)))
                if held[rich] - held[client] < 2:
                    return
                held[rich] -= 1
                yield self._pause(rich)
            held[client] += 1
            line.row, line.job.begun = heapq.heappop(self.free), True

    def _held(self) -> Counter[str]:
        """Count the rows of each client who is there."""
        held = Counter({job.client: 0 for job in self.jobs})
        held.update(job.client for job in self.jobs for _ in job.rows)
        return held

    def _next_line(self, held: Counter[str]) -> Line | None:
        """Give the first candidate without a row of the client who has fewest rows, or has had least."""
        first: dict[str, Line] = {}
        for job in self.jobs:
            for line in job.lines.values():
                if line.row is None:
                    first.setdefault(job.client, line)
        client = min(first, key=lambda client: (held[client], self.shares.used(client)), default=None)
        return None if client is None else first[client]

    def _pause(self, client: str) -> Pause:
        line, row = [pair for job in self.jobs if job.client == client for pair in _seated(job)][-1]
        pause = Pause(line.job, line.candidate, row, line.held)
        self._release(line)
        return pause

    def _release(self, line: Line) -> None:
        if line.row is not None:
            heapq.heappush(self.free, line.row)
        line.row, line.held = None, 0

    def _next_chunk(self) -> Chunk | None:
        """Take turns among those who read: the client who has had least, then whoever has not read for longest."""
        reading = [reader for job in self.jobs for reader in _readers(job)]
        if not reading:
            return None
        line, row = min(reading, key=lambda pair: (self._served(pair[0].job.client), pair[0].turn))
        size = self.breath if self._writes(line.job.client) and not self.free else self.chunk
        return Chunk(line.job, line.candidate, row, line.held, min(line.held + size, line.due), line.due)

    def _served(self, client: str) -> int:
        return self.shares.used(client) - (0 if self._writes(client) else LEAD)

    def _writes(self, client: str) -> bool:
        return any(line.written for job in self.jobs if job.client == client for line in job.lines.values())

    def _seats(self) -> Iterator[Seat]:
        for job in self.jobs:
            yield from (
                Seat(job, line.candidate, row)
                for line, row in _seated(job)
                if line.written and line.held == line.due
            )

    def _unseated(self) -> int:
        return sum(line.row is None for job in self.jobs for line in job.lines.values())


def _seated(job: Job) -> list[tuple[Line, int]]:
    return [(line, line.row) for line in job.lines.values() if line.row is not None]


def _readers(job: Job) -> list[tuple[Line, int]]:
    """Give those who read: one for all that have written nothing yet, and each that goes on after a pause."""
    seated = _seated(job)
    fresh = [pair for pair in seated if not pair[0].written]
    resumed = [pair for pair in seated if pair[0].written and pair[0].held < pair[0].due]
    return resumed + sorted(fresh, key=lambda pair: -pair[0].held)[:1]
