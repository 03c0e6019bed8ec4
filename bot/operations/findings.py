"""What the doctor finds: one line each, with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a finding weighs: only ``FAIL`` keeps Scriptorium from its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``remedy`` says what to do."""

    level: Level
    subject: str
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        told = f"{self.seen}. {self.remedy}" if self.remedy else self.seen
        return f"{self.level:<5} {self.subject:<12} {' '.join(told.split())}"


def ok(subject: str, seen: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, seen)


def warn(subject: str, seen: str, remedy: str) -> Finding:
    """It works, but not as it could."""
    return Finding(Level.WARN, subject, seen, remedy)


def fail(subject: str, seen: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAIL, subject, seen, remedy)
