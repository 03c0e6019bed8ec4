"""What the workshop asks of the store about each person's own data, their typed messages, and answers they wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.story.manuscript import BallotId, Session, SessionId
from bot.story.people import Member


@dataclass(frozen=True, slots=True)
class Footprint:
    """How much a guild's records hold of one person; ``blocked`` is the server's own note, which stays."""

    passages: int = 0
    asked: int = 0
    votes: int = 0
    opened: int = 0
    took_part: int = 0
    events: int = 0
    audited: int = 0
    mentioned: int = 0
    blocked: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could be deleted."""
        return self == Footprint(blocked=self.blocked)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Files that may still hold what was deleted; ``word`` is empty once no copy holds it."""

    id: int
    word: str


@dataclass(frozen=True, slots=True)
class Owed:
    """An answer that was announced to a person and not given yet; the token is never shown or logged."""

    call: str
    token: str
    since: datetime


class Privacy(Protocol):
    """One person's rows in one guild."""

    async def footprint(self, guild: str, member: str) -> Footprint:
        """Count them."""
        ...

    async def shown(self, guild: str, member: str) -> Sequence[tuple[SessionId, str]]:
        """Return the pages that stand somewhere and show the person's name or words, with their sessions."""
        ...

    async def withdraw_votes(self, guild: str, member: str) -> Sequence[tuple[SessionId, BallotId]]:
        """Take the person's votes out of the ballots that are still open, and return these."""
        ...

    async def withdraw_proposals(self, guild: str, member: str) -> Sequence[tuple[SessionId, BallotId]]:
        """Take the person's proposals out of drafts, and all votes for them out of open ballots.

        Returns the open ballots that are left without anybody else's candidate.
        """
        ...

    async def blank(self, guild: str, member: str) -> None:
        """Take the person's words out: passages, which leave gaps, premises and titles, directions."""
        ...

    async def rename(self, guild: str, member: str, former: Member) -> None:
        """Put ``former`` in the person's place everywhere, and drop where they took part."""
        ...

    async def next_former(self, guild: str, at: datetime) -> int:
        """Give out the guild's next number for a pseudonym."""
        ...


class Sweeps(Protocol):
    """Files that may still hold what was deleted."""

    async def add(self, word: str, at: datetime) -> None:
        """Ask for the files to be swept of what was deleted with this word: a member's id, a text's beginning."""
        ...

    async def waiting(self) -> Sequence[Sweep]:
        """Return the sweeps that are not done."""
        ...

    async def unname(self, sweep: int) -> None:
        """Note that no copy holds the word of this sweep any more, and forget it."""
        ...

    async def done(self, sweep: int) -> None:
        """Note that a sweep is done."""
        ...


class Heard(Protocol):
    """How far the typed messages of sessions' threads were taken in."""

    async def note(self, session: SessionId, message: int) -> None:
        """Move the mark on to a message; it never moves back."""
        ...

    async def typing_since(self, guild: str) -> datetime | None:
        """Return when the guild's moderators let typing count as writing; None where it does not."""
        ...

    async def sessions(self, guild: str, limit: int = 50) -> Sequence[tuple[Session, int | None]]:
        """Return the guild's unfinished sessions that have a thread, the latest touched, each with its mark."""
        ...


class OwedAnswers(Protocol):
    """Answers that people were told to wait for."""

    async def add(self, owed: Owed) -> None:
        """Note one."""
        ...

    async def given(self, call: str) -> None:
        """Forget one, with its token."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drop those that nobody takes any more."""
        ...

    async def all(self) -> Sequence[Owed]:
        """Return those that are owed still."""
        ...
