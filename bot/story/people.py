"""Who takes part, and what their standing allows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

ACTIVE_FOR: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a guild, as seen at the moment of an action."""

    id: str
    name: str
    moderator: bool = False


@dataclass(frozen=True, slots=True)
class Participant:
    """Someone who started, wrote, asked, proposed or voted in a session, and when they last did."""

    member: str
    name: str
    last_active: datetime


def active(participants: list[Participant], now: datetime) -> list[Participant]:
    """Return those who took part within the last 24 hours."""
    return [person for person in participants if now - person.last_active <= ACTIVE_FOR]
