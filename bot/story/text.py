"""Hygiene of text that people and models bring: what is blank, what is stripped, where it may be cut."""

import unicodedata
from typing import Final

_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS: Final = frozenset("\u200c\u200d")
_SENTENCE_ENDS: Final = frozenset(".!?…。！？")
_CLOSERS: Final = frozenset("\"'”’»)]*_")


def clean(text: str) -> str:
    """Return the text with line ends made uniform and unprintable or direction-forcing characters dropped.

    Letters of every script, combining marks and the joiners that scripts and emoji need stay as they are.
    """
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(character for character in unified if _keeps(character))
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


def is_blank(text: str) -> bool:
    """Tell whether nothing in the text can be seen, zero-width characters included."""
    return not any(unicodedata.category(character)[0] in "LNPS" for character in text)


def whole_sentences(text: str) -> str:
    """Return the text up to its last finished sentence, or all of it where none is finished."""
    for end in range(len(text), 0, -1):
        if text[end - 1] in _SENTENCE_ENDS:
            while end < len(text) and text[end] in _CLOSERS:
                end += 1
            return text[:end].rstrip()
    return text.rstrip()


def split(text: str, limit: int) -> list[str]:
    """Cut the text into pieces of at most ``limit`` characters: at paragraphs, else lines, else words.

    Joining the pieces loses nothing but the white space at the cuts. Blank text gives no piece.
    """
    rest, pieces = text.strip(), list[str]()
    while len(rest) > limit:
        cut = _cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def excerpt(text: str, limit: int) -> str:
    """Return the text, or its beginning cut at a word and marked with an ellipsis."""
    return text if len(text) <= limit else f"{text[: _cut(text, limit - 1)].rstrip()}…"


def _keeps(character: str) -> bool:
    if character in "\n\t" or character in _JOINERS:
        return True
    return character not in _BIDI_CONTROLS and unicodedata.category(character) not in {"Cc", "Cs"}


def _cut(text: str, limit: int) -> int:
    for separator in ("\n\n", "\n", " "):
        at = text.rfind(separator, limit // 3, limit + 1)
        if at > 0:
            return at
    return limit
