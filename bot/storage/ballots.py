"""Ballots, their candidates and votes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Update, bindparam, delete, insert, select, update

from bot.storage.link import Link, Record
from bot.storage.passages import whole
from bot.storage.schema import ballots, candidates, passages, sessions, votes
from bot.story.ballot import Ballot, BallotState, Candidate, Vote
from bot.story.manuscript import BallotId, Passage, PassageId, SessionId

_CURRENT: Final = (BallotState.DRAFT, BallotState.OPEN)


class StoredBallots:
    """Ballots; whatever may happen to one only once is a conditional update."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, session: SessionId, parent: PassageId | None, opener: str) -> Ballot:
        """Begin a ballot in state draft."""
        begun: Record = {"session": session, "parent": parent, "opener": opener, "state": BallotState.DRAFT}
        number = await self._link.insert(ballots, **begun, extended=False, drawn=False)
        return Ballot(id=BallotId(number), **begun)

    async def get(self, ballot: BallotId) -> Ballot | None:
        """Return the ballot of that number."""
        return await self._one(select(ballots).where(ballots.c.id == ballot))

    async def current(self, session: SessionId) -> Ballot | None:
        """Return the session's ballot in state draft or open; there is at most one."""
        mine = select(ballots).where(ballots.c.session == session)
        return await self._one(mine.where(ballots.c.state.in_(_CURRENT)))

    async def open_in(self, guild: str) -> Sequence[Ballot]:
        """Return the guild's ballots in state open."""
        mine = select(ballots).join(sessions).where(sessions.c.guild == guild)
        open_ = mine.where(ballots.c.state == BallotState.OPEN).order_by(ballots.c.id)
        return [Ballot(**row) for row in await self._link.all(open_)]

    async def open(
        self, ballot: BallotId, order: Sequence[PassageId], opened: datetime, closes: datetime
    ) -> bool:
        """Number the candidates in ``order`` and open the draft; False when it is not a draft any more."""
        opening = _in_state(ballot, BallotState.DRAFT)
        if not await self._link.changed(opening.values(state=BallotState.OPEN, opened=opened, closes=closes)):
            return False
        numbers: list[Record] = [{"of": passage, "to": place} for place, passage in enumerate(order, 1)]
        if numbers:
            mine = candidates.c.ballot == ballot, candidates.c.passage == bindparam("of")
            await self._link.run(update(candidates).where(*mine).values(number=bindparam("to")), numbers)
        return True

    async def settle(
        self,
        ballot: BallotId,
        expected: BallotState,
        state: BallotState,
        winner: PassageId | None = None,
        drawn: bool = False,
    ) -> bool:
        """Move the ballot to a final state, once: False when it is not in ``expected`` any more."""
        settled = _in_state(ballot, expected)
        return await self._link.changed(settled.values(state=state, winner=winner, drawn=drawn))

    async def extend(self, ballot: BallotId, closes: datetime) -> bool:
        """Give an open ballot its one later deadline; False when it is not open or had it already."""
        once = _in_state(ballot, BallotState.OPEN).where(ballots.c.extended.is_(False))
        return await self._link.changed(once.values(closes=closes, extended=True))

    async def add_candidate(
        self, ballot: BallotId, passage: PassageId, number: int | None, at: datetime
    ) -> None:
        """Add a candidate; with a number, the ballot's ``latest_candidate`` becomes ``at``."""
        added = insert(candidates).values(ballot=ballot, passage=passage, number=number, added=at)
        await self._link.run(added)
        if number is not None:
            await self._link.run(update(ballots).where(ballots.c.id == ballot).values(latest_candidate=at))

    async def candidates(self, ballot: BallotId) -> Sequence[tuple[Candidate, Passage]]:
        """Return the candidates by number, unnumbered ones by age."""
        chosen = whole().add_columns(candidates.c.number).join(candidates)
        order = candidates.c.number.nulls_last(), candidates.c.added, passages.c.id
        rows = await self._link.all(chosen.where(candidates.c.ballot == ballot).order_by(*order))
        return [_candidate(ballot, row) for row in rows]

    async def vote(self, ballot: BallotId, member: str, choice: int, at: datetime) -> bool:
        """Take or change a vote; True when it replaced another choice."""
        mine = {"ballot": ballot, "member": member}
        cast = select(votes.c.choice).where(votes.c.ballot == ballot, votes.c.member == member)
        before = await self._link.value(cast)
        await self._link.upsert(votes, mine, {"choice": choice, "at": at})
        return before is not None and before != choice

    async def withdraw(self, ballot: BallotId, choice: int) -> None:
        """Take all votes for a choice out."""
        await self._link.run(delete(votes).where(votes.c.ballot == ballot, votes.c.choice == choice))

    async def votes(self, ballot: BallotId) -> Sequence[Vote]:
        """Return one vote of each person who voted."""
        cast = select(votes.c.member, votes.c.choice).where(votes.c.ballot == ballot)
        return [Vote(**row) for row in await self._link.all(cast.order_by(votes.c.member))]

    async def _one(self, chosen: Select[Any]) -> Ballot | None:
        row = await self._link.first(chosen)
        return None if row is None else Ballot(**row)


def _in_state(ballot: BallotId, state: BallotState) -> Update:
    return update(ballots).where(ballots.c.id == ballot, ballots.c.state == state)


def _candidate(ballot: BallotId, row: Record) -> tuple[Candidate, Passage]:
    number = row.pop("number")
    passage = Passage(**row)
    return Candidate(ballot, passage.id, number), passage
