"""What the doctor finds: a line each, with what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How a finding weighs; the heaviest is the exit code."""

    OK = 0
    MEND = 1
    FAIL = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` says what to do about it."""

    level: Level
    subject: str
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        told = f"{self.seen}. {self.remedy}" if self.remedy else self.seen
        return f"{self.level.name.lower():<5} {self.subject:<12} {' '.join(told.split())}"


def ok(subject: str, seen: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, seen)


def mend(subject: str, seen: str, remedy: str) -> Finding:
    """It serves, but not as it could."""
    return Finding(Level.MEND, subject, seen, remedy)


def fail(subject: str, seen: str, remedy: str = "") -> Finding:
    """It does not serve."""
    return Finding(Level.FAIL, subject, seen, remedy)
