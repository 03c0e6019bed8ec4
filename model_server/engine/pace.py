"""What measurements say: how long those who wait will have to, and how much is read between two tokens of others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Final

from model_server.engine.schedule import Job, Schedule

NEWEST = 0.2
"""How much the newest measurement counts beside all earlier ones together."""


class Pace:
    """Measures for how long rows are kept. Not thread-safe: its owner holds the lock of the schedule."""

    def __init__(self, schedule: Schedule, now: Callable[[], float] = time.monotonic) -> None:
        self._schedule = schedule
        self._now = now
        self._since: dict[Job, float] = {}
        self._kept: float | None = None

    def began(self, job: Job) -> None:
        """Note that a job has rows now."""
        self._since.setdefault(job, self._now())

    def freed(self, job: Job) -> None:
        """Note that one of its candidates has been written to its end."""
        kept = self._now() - self._since[job]
        before = kept if self._kept is None else self._kept
        self._kept = before + NEWEST * (kept - before)

    def ended(self, job: Job) -> None:
        """Note that a job is over."""
        self._since.pop(job, None)

    def wait(self, job: Job) -> float:
        """Estimate the seconds until a job's turn comes."""
        position = self._schedule.position(job)
        return self._until(self._schedule.waiting()[: position - 1]) if position else 0.0

    def wait_now(self) -> float:
        """Estimate the seconds for which a job would wait that came now."""
        return self._until(self._schedule.waiting())

    def retry_after(self, client: str) -> int:
        """Estimate the seconds until another job is let in: the first who waits, of this client where one does, has begun."""
        waiting = self._schedule.waiting()
        own = next((at for at, job in enumerate(waiting) if job.client == client), 0)
        return max(1, math.ceil(self._until(waiting[:own])))

    def _until(self, before: Sequence[Job]) -> float:
        return self._schedule.claims(before) * self._keeping() / self._schedule.rows

    def _keeping(self) -> float:
        """Give the seconds for which a row is kept. Until one has been given back, each that is kept is taken to be at its half."""
        if self._kept is not None or not self._since:
            return self._kept or 0.0
        return 2 * fmean(self._now() - since for since in self._since.values())


class Breath:
    """How many prompt tokens are read at once beside others: halves of a chunk, down to what takes about SECONDS.

    So long a newcomer may have to wait for a step, and so long the texts of the others stand still.
    """

    SECONDS: Final = 0.08
    LEAST: Final = 32

    def __init__(self, chunk: int) -> None:
        self.tokens = chunk
        self._chunk = chunk
        self._each: float | None = None

    def note(self, tokens: int, seconds: float) -> None:
        """Note how long it took to read so many tokens."""
        each = seconds / tokens
        before = each if self._each is None else self._each
        self._each = before + NEWEST * (each - before)
        self.tokens = self._chunk
        while self.tokens >= 2 * self.LEAST and self.tokens * self._each > self.SECONDS:
            self.tokens //= 2
