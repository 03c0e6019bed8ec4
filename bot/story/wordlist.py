"""Words and patterns that a server keeps out of its stories.

Words are compared folded: case, width and invisible characters make no difference, and only whole words
count. Patterns are read by RE2, whose time grows with the text and never explodes: what it cannot run so
(look-around, back-references) it refuses when the pattern is added.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import re2

MOST_CHARACTERS: Final = 200
MOST_ENTRIES: Final = 500
PATTERN_MEMORY: Final = 1 << 20
"""Bytes that one compiled pattern may take; larger ones are refused."""

_SPACELESS: Final = ("CJK ", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")
"""Scripts that put no spaces between words, by how Unicode names their letters."""


class WordKind(StrEnum):
    """How an entry is read."""

    WORD = "word"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Entry:
    """A word or phrase, or a regular expression."""

    text: str
    kind: WordKind = WordKind.WORD


class BadPattern(ValueError):
    """A text that cannot be used as a pattern; its text says why."""


def folded(text: str) -> str:
    """Return the text as words are compared: one case, one width, one space, nothing invisible."""
    return " ".join(_seen(text).casefold().split())


def checked(entry: Entry) -> Entry:
    """Return the entry as it is kept: words folded, patterns tried. Raises BadPattern, ValueError."""
    if entry.kind is WordKind.WORD:
        return Entry(folded(entry.text), WordKind.WORD)
    if _compiled(entry.text).search("") is not None:
        raise BadPattern("it finds something in every text")
    return entry


def listed(text: str, entries: Iterable[Entry]) -> bool:
    """Tell whether the text holds one of the entries."""
    entries = tuple(entries)
    if not entries:
        return False
    whole, seen = folded(text), _seen(text)
    return any(
        _compiled(entry.text).search(seen) is not None
        if entry.kind is WordKind.PATTERN
        else _holds(whole, entry.text)
        for entry in entries
    )


def settled(text: str) -> str:
    """Return a text that still grows without its last word, which may become another."""
    end = len(text)
    while end and _is_letter(text[end - 1]):
        end -= 1
    return text[:end]


def _seen(text: str) -> str:
    """Drop what cannot be seen, so that a word is not hidden by it."""
    if text.isascii():
        return text
    shown = (character for character in text if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", "".join(shown))


def _holds(text: str, word: str) -> bool:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if _parts(text[at - 1 : at], word[0]) and _parts(word[-1], text[end : end + 1]):
            return True
        at = text.find(word, at + 1)
    return False


def _parts(before: str, after: str) -> bool:
    """Tell whether a word may begin or end between two characters, of which one may be missing."""
    pair: Sequence[str] = (before, after)
    return not all(map(_is_letter, pair)) or any(map(_is_spaceless, pair))


def _is_letter(character: str) -> bool:
    return bool(character) and unicodedata.category(character)[0] in "LMN"


def _is_spaceless(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_SPACELESS)


@lru_cache(maxsize=MOST_ENTRIES)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as fault:
        raise BadPattern(_reason(fault)) from fault


def _reason(fault: Exception) -> str:
    reason = fault.args[0] if fault.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
