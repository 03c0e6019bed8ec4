"""People's and the model's words are data: what Discord would read as more than simple emphasis is broken.

Backslashes and zero-width spaces are put where they cannot be seen, so that a text looks as it was
written. Nobody's text pings, links under a false name, or ends the frame that it is shown in.
"""

import re
from collections.abc import Callable
from typing import Final

from bot.story.text import excerpt, split
from cogs.sheets import weight

ZERO_WIDTH: Final = "\u200b"

_CODE: Final = re.compile(r"[\\`]")
_LINE_MARK: Final = re.compile(
    r"^(?P<before>[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(?P<mark>-#|\#{1,3}|>>>|>)(?=\s)", re.MULTILINE
)
_TAG: Final = re.compile(r"<(?=[@#:/]|a:|t:|id:)", re.IGNORECASE)
_PING: Final = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_MARKUP: Final = re.compile(r"[\\`*_~|\[<>#]")


def safe(text: str) -> str:
    """Return prose that keeps its emphasis and lists, and nothing else of Discord's markup."""
    escaped = _CODE.sub(r"\\\g<0>", text)
    escaped = _LINE_MARK.sub(r"\g<before>\\\g<mark>", escaped)
    return _inert(escaped).replace("](", f"]{ZERO_WIDTH}(")


def plain(line: str) -> str:
    """Return a name or a title on one line, with no markup at all."""
    return _inert(_MARKUP.sub(r"\\\g<0>", " ".join(line.split())))


def quoted(text: str) -> str:
    """Return prose as a block quote."""
    return "\n".join(f"> {line}" for line in safe(text).split("\n"))


def folded(text: str) -> str:
    """Return prose that opens when it is touched."""
    return f"||{safe(text).replace('|', f'{ZERO_WIDTH}|{ZERO_WIDTH}')}||"


def pieces(text: str, limit: int, dress: Callable[[str], str] = safe) -> list[str]:
    """Cut the text and dress each piece, so that none is longer than ``limit`` and no word is lost."""
    if text.strip() and weight(dressed := dress(text)) <= limit:
        return [dressed]
    rest, cut = text.strip(), list[str]()
    while rest:
        part = _first(rest, limit, dress)
        cut.append(dress(part))
        rest = rest[len(part) :].lstrip()
    return cut


def _first(text: str, limit: int, dress: Callable[[str], str]) -> str:
    """Return as much of the text's beginning as fits when it is dressed."""
    size, window = limit, text[: limit + 1]
    while weight(dressed := dress(part := split(window, size)[0])) > limit and size > 1:
        size = max(1, min(size - 1, size * limit // weight(dressed)))
    return part


def clipped(text: str, limit: int) -> str:
    """Return the text made safe, or as much of its beginning as fits, marked with an ellipsis."""
    size = len(text)
    while weight(shown := safe(excerpt(text, size))) > limit:
        size = min(size - 1, size * limit // weight(shown))
    return shown


def latest(text: str, limit: int) -> str:
    """Return the text made safe, or as much of its end as fits, after an ellipsis."""
    size = len(text)
    shown = safe(text)
    while weight(shown) > limit:
        size = min(size - 1, size * limit // weight(shown))
        shown = f"…{safe(_from_a_word(text[-size:]))}"
    return shown


def _from_a_word(tail: str) -> str:
    first, space, rest = tail.partition(" ")
    return rest if space and len(first) < len(rest) else tail


def _inert(text: str) -> str:
    return _PING.sub(rf"\g<0>{ZERO_WIDTH}", _TAG.sub(rf"\g<0>{ZERO_WIDTH}", text))
