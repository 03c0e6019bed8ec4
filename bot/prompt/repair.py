"""Make the model's raw words fit to stand in a story, or say that they cannot."""

import re
from collections.abc import Iterable
from typing import Final

from bot.story.text import clean, is_blank, whole_sentences

ALIKE: Final = 0.6
TELLING: Final = 6
"""Different words from which on a text shows its language."""
_SMALL_WORD: Final = re.compile(
    r"\b(?:the|an?|and|of|with|is|was|are|that|this|from|its?|my|her|his|their|for|in|on|at|you|we|they|i)\b",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"^\s*(?:(?:continuation|next passage|passage|story|assistant)\s*:\s*)+", re.IGNORECASE
)
_MARKERS: Final = re.compile(r"<\|[^|<>]{1,40}\|>(?:(?:assistant|user|system)\n)?")
_ASSISTANT: Final = re.compile(
    r"\b(?:feel free to|let me know (?:if|what|how)|(?:can|may) i (?:help|assist)|(?:happy|glad) to (?:help|assist)"
    r"|as an ai|language model|your (?:request|question|prompt)s?|share your (?:work|story|writing))\b",
    re.IGNORECASE,
)
_CRITIC: Final = re.compile(
    r"\b(?:th(?:is|e) (?:opening|scene|passage|story|(?:opening|first|next) (?:line|scene|sentence|paragraph))"
    r" (?:takes place|is set|offers|introduces|establishes|sets)|sets the tone for)\b",
    re.IGNORECASE,
)


def repair(raw: str) -> str:
    """Return the passage in ``raw``: labels and stray markers dropped, cut after its last whole sentence.

    Empty when nothing of it can be seen.
    """
    text = whole_sentences(_LABEL.sub("", clean(_MARKERS.sub("", raw))).strip())
    return "" if is_blank(text) else text


def echoes(text: str, others: Iterable[str]) -> bool:
    """Tell whether ``text`` says what one of ``others`` says already: most of its words, in order of threes."""
    mine = _threes(text)
    return any(_overlap(mine, _threes(other)) >= ALIKE for other in others)


def chats(text: str) -> bool:
    """Tell whether ``text`` is a helper's talk with whoever asked, or about the story, in its place."""
    return bool(_ASSISTANT.search(text) or _CRITIC.search(text))


def strays(text: str, told: Iterable[str]) -> bool:
    """Tell whether ``text`` leaves the English of what is told: it has none of the small words of English.

    A small model that is asked for a haiku may give one in Japanese. Other languages are not judged.
    """
    english = any(map(_SMALL_WORD.search, told))
    return english and len(set(text.split())) >= TELLING and not _SMALL_WORD.search(text)


def _threes(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}


def _overlap(mine: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    return len(mine & other) / len(mine) if mine else 1.0
