"""Ballots: who may still vote, when a vote closes, and what it says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from bot.story.manuscript import BallotId, PassageId, SessionId
from bot.story.people import Member

NONE_OF_THESE: Final = 0
MAX_CANDIDATES: Final = 8
LATE_CANDIDATE_GRACE: Final = timedelta(minutes=1)


class BallotState(StrEnum):
    """``draft`` while candidates are still being written; ``committed`` and ``cancelled`` are final."""

    DRAFT = "draft"
    OPEN = "open"
    COMMITTED = "committed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote on what comes after ``parent``.

    ``winner`` is the passage that a committed ballot chose, if any; ``drawn`` tells that a tie was
    broken by lot. ``latest_candidate`` is when the last one came in after opening.
    """

    id: BallotId
    session: SessionId
    parent: PassageId | None
    opener: str
    state: BallotState
    opened: datetime | None = None
    closes: datetime | None = None
    extended: bool = False
    latest_candidate: datetime | None = None
    winner: PassageId | None = None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage standing for a place; ``number`` is 1-based and given when the ballot opens."""

    ballot: BallotId
    passage: PassageId
    number: int | None


@dataclass(frozen=True, slots=True)
class Vote:
    """One person's changeable choice: a candidate's number, or NONE_OF_THESE."""

    member: str
    choice: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the votes say: the winning number (None appends nothing), and the tied ones it was drawn from."""

    winner: int | None
    counts: tuple[tuple[int, int], ...]
    drawn_from: tuple[int, ...] = ()


class Closing(StrEnum):
    """What to do with an open ballot now."""

    WAIT = "wait"
    CLOSE = "close"
    EXTEND = "extend"


def quorum(active: int) -> int:
    """Return how many votes decide: max(1, min(active, max(2, 30 % of active, rounded up)))."""
    return max(1, min(active, max(2, ceil(active * 0.3))))


def closing(ballot: Ballot, votes: Sequence[Vote], active: Sequence[str], now: datetime) -> Closing:
    """Decide whether an open ballot closes by itself at ``now``.

    It does when quorum is met and everyone active has voted, though not within a minute of a late
    candidate; and at its deadline, which is extended once where quorum is missing.
    """
    enough = len(votes) >= quorum(len(active))
    if ballot.closes is not None and now >= ballot.closes:
        return Closing.CLOSE if enough or ballot.extended else Closing.EXTEND
    voted = {vote.member for vote in votes}
    settled = ballot.latest_candidate is None or now - ballot.latest_candidate >= LATE_CANDIDATE_GRACE
    return Closing.CLOSE if enough and settled and voted.issuperset(active) else Closing.WAIT


def next_look(ballot: Ballot, now: datetime) -> datetime | None:
    """Return when an open ballot that waits is looked at again: after a late candidate's minute, else at its deadline."""
    settled = ballot.latest_candidate and ballot.latest_candidate + LATE_CANDIDATE_GRACE
    return settled if settled and ballot.closes and now < settled < ballot.closes else ballot.closes


def may_close(ballot: Ballot, by: Member, votes: int, needed: int) -> bool:
    """Tell whether ``by`` may close now: a moderator any time, its opener once quorum is met."""
    return by.moderator or (by.id == ballot.opener and votes >= needed)


def tied(votes: Sequence[Vote]) -> tuple[int, ...]:
    """Return the choices with the most votes, ascending; a candidate beats *None of these* at a tie."""
    counts = Counter(vote.choice for vote in votes)
    if not counts:
        return ()
    best = max(counts.values())
    leaders = sorted(choice for choice, count in counts.items() if count == best)
    return tuple(choice for choice in leaders if choice != NONE_OF_THESE) or (NONE_OF_THESE,)


def tally(votes: Sequence[Vote], lot: int) -> Verdict:
    """Count the votes; a tie is drawn by ``lot``, any non-negative integer, modulo the tied choices."""
    leaders = tied(votes)
    counts = tuple(sorted(Counter(vote.choice for vote in votes).items()))
    if not leaders or leaders == (NONE_OF_THESE,):
        return Verdict(winner=None, counts=counts)
    return Verdict(
        winner=leaders[lot % len(leaders)],
        counts=counts,
        drawn_from=leaders if len(leaders) > 1 else (),
    )
