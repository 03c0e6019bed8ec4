"""What happens to a ballot inside a transaction: it opens, takes candidates, and commits once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.story.ballot import (
    LATE_CANDIDATE_GRACE,
    Ballot,
    BallotState,
    Candidate,
    Closing,
    Vote,
    closing,
    quorum,
    tally,
)
from bot.story.manuscript import BallotId, Passage, Session, SessionId, SessionState
from bot.story.people import Member
from bot.workshop.acts import Deeds
from bot.workshop.errors import BeingDrafted, VoteUnderWay
from bot.workshop.head import append
from bot.workshop.notices import BallotClosed
from bot.workshop.order import active_in, rules_of
from bot.workshop.ports import Transaction

NOBODY = Member(id="", name="Scriptorium")


@dataclass(frozen=True, slots=True)
class Count:
    """Where a ballot stands: the votes, who is active, and how many votes decide."""

    votes: tuple[Vote, ...]
    active: tuple[str, ...]

    @property
    def needed(self) -> int:
        """The quorum."""
        return quorum(len(self.active))


@dataclass(slots=True)
class BallotBox:
    """Ballots within a transaction; ``wake`` tells the keeper that a deadline was set."""

    deeds: Deeds
    alarm: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Let the keeper look at the deadlines again."""
        self.alarm.set()

    async def open(self, tx: Transaction, session: Session, ballot: Ballot) -> None:
        """Open a draft: shuffle its candidates, set its deadline, queue its page."""
        now = self.deeds.now()
        order = [passage.id for _, passage in await tx.ballots.candidates(ballot.id)]
        self.deeds.chance.shuffle(order)
        closes = now + await self._span(tx, session)
        if await tx.ballots.open(ballot.id, order, now, closes):
            await tx.deadlines.set(ballot.id, closes)
            await tx.sessions.set_state(session.id, SessionState.VOTING, now)
            await tx.outbox.add(session.id, f"ballot:{ballot.id}")

    async def enter(self, tx: Transaction, session: Session, ballot: Ballot, passage: Passage) -> int | None:
        """Add a candidate; an open ballot gives it the next number, a draft none yet."""
        now = self.deeds.now()
        if ballot.state is BallotState.DRAFT:
            await tx.ballots.add_candidate(ballot.id, passage.id, None, now)
            return None
        number = 1 + len(await tx.ballots.candidates(ballot.id))
        await tx.ballots.add_candidate(ballot.id, passage.id, number, now)
        await tx.deadlines.set(ballot.id, min(ballot.closes or now, now + LATE_CANDIDATE_GRACE))
        await tx.outbox.add(session.id, f"ballot:{ballot.id}")
        return number

    async def look_again(self, tx: Transaction, session: SessionId, ballot: BallotId) -> None:
        """Let the keeper look at an open ballot now, as it waits for other people than before; show these."""
        await tx.deadlines.set(ballot, self.deeds.now())
        await tx.outbox.add(session, f"ballot:{ballot}")

    async def count(self, tx: Transaction, session: Session, ballot: Ballot) -> Count:
        """Count who voted and who could."""
        people = await active_in(tx, session.id, session.guild, self.deeds.now())
        return Count(tuple(await tx.ballots.votes(ballot.id)), tuple(person.member for person in people))

    async def review(self, tx: Transaction, session: Session, ballot: Ballot) -> Closing:
        """Close or extend an open ballot if it is due, and set its next deadline."""
        now = self.deeds.now()
        count = await self.count(tx, session, ballot)
        step = closing(ballot, count.votes, count.active, now)
        if step is Closing.CLOSE:
            await self.commit(tx, session, ballot, count.votes)
        elif step is Closing.EXTEND:
            await self._extend(tx, session, ballot, now)
        return step

    async def commit(
        self, tx: Transaction, session: Session, ballot: Ballot, votes: tuple[Vote, ...]
    ) -> BallotClosed:
        """Let the votes decide, once; the winner becomes the head."""
        now = self.deeds.now()
        verdict = tally(votes, self.deeds.chance.randrange(1 << 30))
        candidates = await tx.ballots.candidates(ballot.id)
        winner = _numbered(candidates, verdict.winner)
        drawn = bool(verdict.drawn_from)
        if not await tx.ballots.settle(
            ballot.id, BallotState.OPEN, BallotState.COMMITTED, winner and winner.id, drawn
        ):
            return await self.verdict(tx, ballot)
        await tx.sessions.set_state(session.id, SessionState.WRITING, now)
        await tx.outbox.add(session.id, f"ballot:{ballot.id}")
        event = await tx.diary.record(
            session.id,
            "chosen" if winner else "nothing-chosen",
            NOBODY,
            now,
            {"ballot": ballot.id, "counts": verdict.counts, "drawn_from": verdict.drawn_from},
        )
        if winner:
            await append(tx, session, winner, now, chosen_by=ballot.id)
        else:
            await tx.outbox.add(session.id, f"event:{event}")
        return BallotClosed(session=session.id, ballot=ballot.id, winner=verdict.winner, drawn=drawn)

    async def verdict(self, tx: Transaction, ballot: Ballot) -> BallotClosed:
        """Return what a committed ballot said."""
        kept = await tx.ballots.get(ballot.id) or ballot
        numbers = {passage.id: item.number for item, passage in await tx.ballots.candidates(ballot.id)}
        winner = numbers.get(kept.winner) if kept.winner else None
        return BallotClosed(session=ballot.session, ballot=ballot.id, winner=winner, drawn=kept.drawn)

    async def _span(self, tx: Transaction, session: Session) -> timedelta:
        """Return how long a vote stays open in the session's guild."""
        minutes = (await rules_of(tx, session.guild)).ballot_minutes
        return self.deeds.limits.ballot_open if minutes is None else timedelta(minutes=minutes)

    async def _extend(self, tx: Transaction, session: Session, ballot: Ballot, now: datetime) -> None:
        closes = now + await self._span(tx, session)
        if not await tx.ballots.extend(ballot.id, closes):
            return
        await tx.deadlines.set(ballot.id, closes)
        event = await tx.diary.record(session.id, "ballot-extended", NOBODY, now, {"ballot": ballot.id})
        await tx.outbox.add(session.id, f"ballot:{ballot.id}")
        await tx.outbox.add(session.id, f"event:{event}")


async def busy(tx: Transaction, ballot: Ballot) -> BeingDrafted | VoteUnderWay:
    """Return the error that points to the ballot which decides what comes next."""
    if ballot.state is BallotState.OPEN:
        return VoteUnderWay(ballot=ballot.id)
    jobs = await tx.jobs.running(ballot.session)
    return BeingDrafted(asker=jobs[0].asker_name if jobs else "")


def _numbered(candidates: Sequence[tuple[Candidate, Passage]], number: int | None) -> Passage | None:
    return next((passage for item, passage in candidates if item.number == number), None) if number else None
