"""What a person leaves behind who asks to be forgotten: a pseudonym, and gaps where their words stood."""

from enum import StrEnum
from typing import Final

from bot.story.people import Member

_FORMER: Final = "former:"
UNTITLED: Final = "Untitled"
"""The title of a story whose opener took the old one back."""


class Keep(StrEnum):
    """What stays of one's own words: ``TEXT`` under a pseudonym, or ``NOTHING`` but gaps."""

    TEXT = "text"
    NOTHING = "nothing"


def former_writer(number: int) -> Member:
    """Return who stands in a guild's records instead of the person; numbers are never given twice there."""
    return Member(id=f"{_FORMER}{number}", name=f"a former writer {number}")


def is_former(member: str) -> bool:
    """Tell whether an id stands for a person who asked to be forgotten."""
    return member.startswith(_FORMER)
