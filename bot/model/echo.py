"""What a model says again of the words that it was to go on from."""

import re
from typing import Final

FEWEST_WORDS: Final = 4
_STARTS: Final = re.compile(r"(?<=[.!?…”\"])\s+|\n+")


class Echo:
    """Takes the end of ``lead`` out of the beginning of an answer, from wherever a sentence of it starts.

    Text is held back for as long as it may be such a repetition.
    """

    def __init__(self, lead: str = "") -> None:
        starts = [0, *(found.end() for found in _STARTS.finditer(lead))]
        ends = (lead[start:].strip() for start in starts)
        self._ends = [end for end in ends if _long(end)]
        self._held = ""

    def passed(self, piece: str) -> str:
        """Give what of the answer so far is new, empty while that cannot be told."""
        self._held += piece
        said = self._held.lstrip()
        if any(len(said) < len(end) and end.startswith(said) for end in self._ends):
            return ""
        return self.rest()

    def rest(self) -> str:
        """Give what is held back, at the end of the answer."""
        held, ends = self._held, self._ends
        self._held, self._ends = "", list[str]()
        said = held.lstrip()
        repeated = max((len(end) for end in ends if said.startswith(end)), default=0)
        if not repeated and _long(said) and any(end.startswith(said) for end in ends):
            return ""
        return said[repeated:] if repeated else held


def _long(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS
