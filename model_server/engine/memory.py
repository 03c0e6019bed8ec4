"""What the engine remembers of the texts that it has read and written, so that it need not read them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from model_server.engine.prefixes import BLOCK, Prefixes


class Keeper(Protocol):
    """Whoever holds the keys and values: our Runner."""

    def make_room(self, slots: int) -> None:
        """Have so many slots, all empty."""
        ...

    def keep(self, row: int, blocks: Sequence[int], slots: Sequence[int]) -> None:
        """Copy these blocks of a row's text into these slots."""
        ...

    def recall(self, row: int, slots: Sequence[int]) -> None:
        """Let a row begin with what these slots hold."""
        ...


class Memory:
    """Texts by their beginnings. For one thread, the engine's."""

    def __init__(self, keeper: Keeper, slots: int) -> None:
        self._keeper = keeper
        self._slots = slots
        self.forget()

    def recall(self, row: int, prompt: Sequence[int], salt: str) -> int:
        """Put the known beginning of a prompt into a row; give its length.

        The last token is left out, for it is by reading it that the model says what comes next.
        """
        slots = self._prefixes.match(prompt[:-1], salt)
        if slots:
            self._keeper.recall(row, slots)
        return len(slots) * BLOCK

    def keep(self, row: int, tokens: Sequence[int], salt: str) -> None:
        """Remember the text that a row holds."""
        claimed = self._prefixes.claim(tokens, salt)
        if claimed:
            self._keeper.keep(row, list(claimed.keys()), list(claimed.values()))

    def forget(self) -> None:
        """Remember nothing of what was."""
        self._keeper.make_room(self._slots)
        self._prefixes = Prefixes(self._slots)
