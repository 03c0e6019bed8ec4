"""What each client has had of the engine, so that whoever had least is served next.

The Virtual Token Counter of Sheng et al., "Fairness in Serving Large Language Models" (2024, arXiv:2401.00588):
tokens read and written are counted for each client, and who comes back after a pause begins at the least
count of those who are there, so that having asked for nothing saves up nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

WRITTEN: Final = 2
"""What a written token counts, where one that is read counts 1: reading is done many at a time (as in the paper)."""


class Shares:
    """The counters. A client is there as long as it has an open job."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._jobs = Counter[str]()

    def enter(self, client: str) -> None:
        """Note that a job of a client has come."""
        if client not in self._jobs:
            self._used[client] = max(self.used(client), self._least())
        self._jobs[client] += 1

    def exit(self, client: str) -> None:
        """Note that a job of a client has ended. Debts last while others are there, and no longer than that."""
        self._jobs[client] -= 1
        if not self._jobs[client]:
            del self._jobs[client]
            least = self._least()
            self._used = {
                known: used
                for known, used in self._used.items()
                if known in self._jobs or (self._jobs and used > least)
            }

    def read(self, client: str, tokens: int) -> None:
        """Count tokens of a prompt that were read."""
        self._used[client] += tokens

    def wrote(self, client: str) -> None:
        """Count a token that was written."""
        self._used[client] += WRITTEN

    def used(self, client: str) -> int:
        """Give a client's count; less means sooner."""
        return self._used.get(client, 0)

    def _least(self) -> int:
        return min((self._used[client] for client in self._jobs), default=0)
