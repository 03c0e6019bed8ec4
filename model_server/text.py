"""Tokens into text that can be shown at once: whole characters, no beginning of a stop string or of a banned one."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream


def folded(text: str) -> str:
    """Give text without the difference of upper and lower case, character by character: as long as it was."""
    lower = text.lower()
    if len(lower) != len(text):
        lower = "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)
    return lower.replace("ς", "σ")


class Beginnings:
    """Knows the beginnings of some strings."""

    def __init__(self, strings: Iterable[str]) -> None:
        self.strings = tuple(strings)
        self._begun = frozenset(string[:size] for string in self.strings for size in range(1, len(string)))
        self.longest = max(map(len, self.strings), default=1) - 1
        """How many characters of one there can be without it being whole."""

    def first(self, text: str) -> int | None:
        """Say where the foremost of the strings begins that stand in a text."""
        places = [at for string in self.strings if (at := text.find(string)) >= 0]
        return min(places, default=None)

    def overlap(self, text: str) -> int:
        """Say how long the longest end of a text is with which one of the strings begins."""
        longest = min(len(text), self.longest)
        return next((size for size in range(longest, 0, -1) if text[-size:] in self._begun), 0)


class StopMatcher:
    """Lets text through up to the first stop string, and holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = Beginnings(stops)
        self.held: str = ""
        self.stopped = False

    def place(self, text: str) -> int | None:
        """Say where a stop string would begin if this text came now; below 0 in what is held."""
        at = self._stops.first(self.held + text)
        return None if at is None else at - len(self.held)

    def push(self, text: str) -> str:
        """Take more text; give what can be shown. Once `stopped`, nothing more comes."""
        if self.stopped:
            return ""
        text = self.held + text
        at = self._stops.first(text)
        if at is not None:
            self.stopped, self.held = True, ""
            return text[:at]
        keep = self._stops.overlap(text)
        shown, self.held = text[: len(text) - keep], text[len(text) - keep :]
        return shown

    def finish(self) -> str:
        """Give what was held back: no more text comes, so it is no stop string."""
        held, self.held = self.held, ""
        return held


@dataclass(frozen=True)
class Piece:
    """The text that one token brought, and the state before it, to go back to."""

    text: str
    before: DecodeStream


class TextStream:
    """The text of one candidate, token by token."""

    def __init__(
        self, tokenizer: Tokenizer, before: Sequence[int], stops: Sequence[str], banned: Sequence[str] = ()
    ) -> None:
        """`before` holds the last tokens of the prompt: some vocabularies write a word's space by its neighbour."""
        self._tokenizer = tokenizer
        self._stream = DecodeStream(ids=list(before), skip_special_tokens=True)
        self._stops = StopMatcher(stops)
        self._banned = Beginnings(map(folded, banned))
        self._held: list[Piece] = []
        self._told = ""
        self.back = 0
        """How many tokens the last one has made to be taken back, itself among them: a banned string began there."""

    @property
    def stopped(self) -> bool:
        """Whether a stop string has come."""
        return self._stops.stopped

    @property
    def held(self) -> int:
        """How many of the last tokens may still be taken back."""
        return len(self._held)

    def push(self, token: int) -> str:
        """Take a token; give the text that can be shown now, often none."""
        before = copy.copy(self._stream)
        self._held.append(Piece(self._stream.step(self._tokenizer, token) or "", before))
        text = "".join(piece.text for piece in self._held)
        stop = self._stops.place(text)
        at = self._banned.first(folded(self._told + text[: None if stop is None else max(stop, 0)]))
        # What was told before cannot be taken back: where a ban begins in it, the next token must be another.
        self.back = 0 if at is None else self._take_back(max(at - len(self._told), 0))
        if self.back:
            return ""
        unsure = 0 if stop is not None else self._banned.overlap(folded(text))
        return self._stops.push(self._certain(len(text) - unsure))

    def finish(self) -> str:
        """Give the text that is still held back. Bytes that make no whole character are dropped."""
        rest = "".join(piece.text for piece in self._held)
        self._held.clear()
        return self._stops.push(rest) + self._stops.finish()

    def _certain(self, size: int) -> str:
        """Let go of the tokens that lie within so many characters."""
        sure = self._within(size)
        text = "".join(piece.text for piece in self._held[:sure])
        del self._held[:sure]
        if self._banned.longest:
            self._told = (self._told + text)[-self._banned.longest :]
        return text

    def _take_back(self, at: int) -> int:
        """Drop the token in whose text a character stands, with all after it; give their number."""
        first = self._within(at)
        dropped = self._held[first:]
        self._stream = dropped[0].before
        del self._held[first:]
        return len(dropped)

    def _within(self, size: int) -> int:
        """Count the tokens, from the first that is held, whose text ends within so many characters."""
        ends = accumulate(len(piece.text) for piece in self._held)
        return sum(1 for _ in takewhile(lambda end: end <= size, ends))
