"""How long delivery waits after faults."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: waits double from ``first`` to ``longest``; a missing permission is tried every ``forbidden``."""

    first: float = 0.5
    longest: float = 60.0
    forbidden: float = 60.0

    def delay(self, failures: int, jitter: float) -> float:
        """Return the wait after so many failures in a row; ``jitter`` in [0, 1) takes away up to half."""
        whole = min(self.longest, self.first * 2.0 ** self.level(failures))
        return whole * (1 - jitter / 2)

    def level(self, failures: int) -> int:
        """Return how often the wait has doubled; it stays the same once the wait grows no more."""
        level = 0
        while level < failures - 1 and self.first * 2.0**level < self.longest:
            level += 1
        return level


PATIENT: Final = Pace()
