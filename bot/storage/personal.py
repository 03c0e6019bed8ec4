"""Which columns of which tables say who somebody is, and what else a person left there.

One visible list: a table that is added later is named here, or a test says that it was forgotten.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, Table, select

from bot.storage.schema import audit, ballots, beat_edits, candidates, events, jobs, passages, sessions, votes


@dataclass(frozen=True, slots=True)
class Mark:
    """A table whose rows bear a person's id, and perhaps the name that they had then."""

    table: Table
    member: str
    name: str | None = None

    @property
    def who(self) -> Column[Any]:
        """The column of the id."""
        return self.table.c[self.member]

    def of(self, guild: str, member: str) -> ColumnElement[bool]:
        """Match the person's rows of that guild."""
        return (self.who == member) & within(self.table, guild)


MARKS: Final = (
    Mark(sessions, "opener", "opener_name"),
    Mark(passages, "author", "author_name"),
    Mark(jobs, "asker", "asker_name"),
    Mark(events, "actor", "actor_name"),
    Mark(audit, "actor", "actor_name"),
    Mark(ballots, "opener"),
    Mark(votes, "member"),
    Mark(beat_edits, "editor"),
)
"""Rows that stay, under a pseudonym. Participants go; a block stays, as it is the server's, without a name."""


def within(table: Table, guild: str) -> ColumnElement[bool]:
    """Match the rows of a table that belong to the guild."""
    if "guild" in table.c:
        return table.c.guild == guild
    if "session" in table.c:
        return table.c.session.in_(sessions_of(guild))
    return table.c.ballot.in_(select(ballots.c.id).where(ballots.c.session.in_(sessions_of(guild))))


def sessions_of(guild: str) -> Select[int]:
    """Select the numbers of a guild's sessions."""
    return select(sessions.c.id).where(sessions.c.guild == guild)


def by(guild: str, member: str) -> ColumnElement[bool]:
    """Match the passages that a person wrote, or asked the model for."""
    return (passages.c.author == member) & within(passages, guild)


def ballots_with(rows: ColumnElement[bool]) -> Select[int]:
    """Select the ballots that have such candidates."""
    return select(candidates.c.ballot).where(rows)
