"""Verse out of a model's words: what is no line of the poem is dropped, what is too wide is broken."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.forms.form import Shape
from bot.story.text import clean

LEAST_WORDS: Final = 2
"""Words that a line has at least where its words are broken anew."""

_MARKERS: Final = re.compile(r"<\|[^|<>]{1,40}\|>(?:(?:assistant|user|system)\n)?")
_NUMBER: Final = re.compile(r"^(?:\(?\d{1,2}[.):]|[-*•>]+|line \d{1,2}:)\s+", re.IGNORECASE)
_LABEL: Final = re.compile(
    r"^(?:title|theme|haiku|limerick|sonnet|free verse|poem|verse|stanza|quatrain|couplet|note|form)"
    r"(?: \w{1,3})?\s*:",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(r"^(?:#+\s.*|\*\*.*\*\*|__.*__|[-*_=~]{2,}|\(.*\)|\(note.*)$", re.IGNORECASE)
_TALK: Final = re.compile(
    r"^(?:here(?:'s| is| are) .*(?:haiku|limerick|sonnet|poem|verse|lines)|sure\b|certainly\b|of course\b|.*:$)",
    re.IGNORECASE,
)
_TALKS_OF_ITSELF: Final = re.compile(
    r"\b(?:haikus?|limericks?|sonnets?|free verse|syllables?|quatrains?|rhyme scheme|the poet|examples?|this (?:poem|piece))\b",
    re.IGNORECASE,
)
_PAUSE: Final = re.compile(r"(?<=[,;:.!?…—。，、；：！？])(?=\s|[^\x00-\x7f\s”’»])\s*")
_LOOSE_END: Final = " ,;:–—-"


def verse_lines(raw: str) -> list[str]:
    """Return the lines of the poem in ``raw``, empty ones between stanzas; titles, labels and talk are dropped."""
    lines = [_bare(line) for line in clean(_MARKERS.sub("", raw)).split("\n")]
    kept = [line for line in lines if line is not None]
    while kept and (not kept[0] or _TALK.match(kept[0])):
        kept.pop(0)
    titled = len(kept) > 3 and not kept[1] and kept[2] and kept[3] and kept[0][-1].isalnum()
    return kept[2:] if titled else kept


def take(raw: str, shape: Shape, kept: Sequence[str] = ()) -> tuple[list[str], bool]:
    """Add to the lines that are ``kept`` those of ``raw`` that suit the shape, up to as many as it holds.

    At a line that is too wide only its beginning is taken, and nothing after it. The second value tells
    whether more of the same answer can be used.
    """
    lines = list(kept)
    for line in verse_lines(raw):
        if counted(lines) >= shape.most:
            return lines, False
        if not line:
            _part(lines, shape)
        elif len(line) > shape.widest:
            lines.append(_beginning(line, shape.widest))
            return lines, False
        elif line.casefold() not in (each.casefold() for each in lines):
            lines.append(line)
    return lines, counted(lines) < shape.most


def counted(lines: Sequence[str]) -> int:
    """Return how many lines there are, stanza breaks aside."""
    return sum(1 for line in lines if line)


def laid_out(lines: Sequence[str], shape: Shape) -> str:
    """Return the lines as text, an empty line after each stanza."""
    if shape.ends is None:
        return "\n".join(lines).strip()
    words = [line for line in lines if line]
    broken = [f"{line}\n" if at in shape.ends else line for at, line in enumerate(words, 1)]
    return "\n".join(broken).strip()


def reflow(text: str, lines: int) -> list[str]:
    """Break the text into ``lines`` lines, at pauses first, else in the middle; no word is lost or moved.

    Fewer where there are too few words.
    """
    pieces = [piece for piece in _PAUSE.split(" ".join(text.split())) if piece]
    while len(pieces) > lines:
        at = min(range(len(pieces) - 1), key=lambda at: len(pieces[at]) + len(pieces[at + 1]))
        pieces[at : at + 2] = [f"{pieces[at]} {pieces[at + 1]}"]
    while len(pieces) < lines and (halves := _halved(pieces)):
        pieces = halves
    return pieces


def filled(texts: Sequence[str], shape: Shape) -> list[str]:
    """Make the shape's least number of lines of whatever words there are, as a last resort; empty if too few."""
    words = " ".join(line for text in texts for line in verse_lines(text) if line).split()
    limit, fitting = shape.widest * shape.least, list[str]()
    for word in words:
        limit -= len(word) + 1
        if limit < 0:
            break
        fitting.append(word)
    broken = reflow(" ".join(fitting), shape.least)
    enough = len(fitting) >= LEAST_WORDS * shape.least and len(broken) == shape.least
    return broken if enough else []


def ended(text: str) -> str:
    """Return a passage without the comma or dash that its last line was left with."""
    return text.rstrip(_LOOSE_END)


def _bare(line: str) -> str | None:
    """Return the words of a line, None for one that is none of the poem's."""
    words = _NUMBER.sub("", line.strip()).strip()
    if words != "" and any(talk.search(words) for talk in (_HEADING, _LABEL, _TALKS_OF_ITSELF)):
        return None
    return words if not words or any(character.isalnum() for character in words) else None


def _part(lines: list[str], shape: Shape) -> None:
    if shape.ends is None and lines and lines[-1]:
        lines.append("")


def _beginning(line: str, widest: int) -> str:
    """Return as much of a line as fits, up to a pause if there is one, else up to a word."""
    taken = ""
    for piece in _pieces(line):
        if taken and len(taken) + len(piece) >= widest:
            break
        taken = f"{taken} {piece}".strip()
        if len(taken.split()) > LEAST_WORDS:
            break
    if len(taken) <= widest:
        return taken
    cut = taken.rfind(" ", 0, widest + 1)
    return taken[: cut if cut > 0 else widest]


def _pieces(line: str) -> Iterator[str]:
    return (piece for piece in _PAUSE.split(line) if piece)


def _halved(pieces: Sequence[str]) -> list[str]:
    """Return the pieces with the longest that has several words cut in its middle; empty where none has."""
    several = [at for at, piece in enumerate(pieces) if " " in piece]
    if not several:
        return []
    at = max(several, key=lambda at: len(pieces[at]))
    piece = pieces[at]
    spaces = [place for place, character in enumerate(piece) if character == " "]
    cut = min(spaces, key=lambda place: abs(place - len(piece) // 2))
    return [*pieces[:at], piece[:cut], piece[cut + 1 :], *pieces[at + 1 :]]
