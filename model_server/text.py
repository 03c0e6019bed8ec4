"""Tokens into text that can be shown at once: whole characters, nothing that may turn out to be a stop string."""

from __future__ import annotations

from collections.abc import Sequence

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream


class StopMatcher:
    """Lets text through up to the first stop string, and holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stops = tuple(stops)
        self.held: str = ""
        self.stopped = False

    def push(self, text: str) -> str:
        """Take more text; give what can be shown. Once `stopped`, nothing more comes."""
        if self.stopped:
            return ""
        text = self.held + text
        places = [at for stop in self.stops if (at := text.find(stop)) >= 0]
        if places:
            self.stopped, self.held = True, ""
            return text[: min(places)]
        keep = max((_overlap(text, stop) for stop in self.stops), default=0)
        shown, self.held = text[: len(text) - keep], text[len(text) - keep :]
        return shown

    def finish(self) -> str:
        """Give what was held back: no more text comes, so it is no stop string."""
        held, self.held = self.held, ""
        return held


class TextStream:
    """The text of one candidate, token by token."""

    def __init__(self, tokenizer: Tokenizer, before: Sequence[int], stops: Sequence[str]) -> None:
        """`before` holds the last tokens of the prompt: some vocabularies write a word's space by its neighbour."""
        self._tokenizer = tokenizer
        self._stream = DecodeStream(ids=list(before), skip_special_tokens=True)
        self._stops = StopMatcher(stops)

    @property
    def stopped(self) -> bool:
        """Whether a stop string has come."""
        return self._stops.stopped

    def push(self, token: int) -> str:
        """Take a token; give the text that can be shown now, often none."""
        return self._stops.push(self._stream.step(self._tokenizer, token) or "")

    def finish(self) -> str:
        """Give the text that is still held back. Bytes that make no whole character are dropped."""
        return self._stops.finish()


def _overlap(text: str, stop: str) -> int:
    """Say how long the longest end of `text` is with which `stop` begins."""
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
