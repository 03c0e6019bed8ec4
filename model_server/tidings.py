"""What replicas tell of themselves, as long as it is news. Asked instead, one that is full would not answer until it has room."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STALE = 8.0
"""Seconds after which nothing is held of one who told no more: it has ended, or hangs."""


@dataclass(frozen=True)
class Told:
    """What /health and /metrics said of a replica, and when."""

    state: Mapping[str, Any]
    figures: str
    at: float


class Tidings:
    """The newest of each replica, by its name."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: dict[str, Told] = {}

    def hear(self, name: str, state: Mapping[str, Any], figures: str) -> None:
        """Take in what a replica tells."""
        self._told[name] = Told(state, figures, self._now())

    def states(self) -> Sequence[Mapping[str, Any]]:
        """Give what /health says of each."""
        return [told.state for told in self._fresh().values()]

    def figures(self) -> Mapping[str, str]:
        """Give what /metrics says of each, by its name."""
        return {name: told.figures for name, told in self._fresh().items()}

    def _fresh(self) -> Mapping[str, Told]:
        oldest = self._now() - STALE
        self._told = {name: told for name, told in self._told.items() if told.at >= oldest}
        return self._told
