"""People's own words: passages, proposals, and taking the newest passage back."""

from dataclasses import dataclass
from datetime import datetime

from bot.story.ballot import MAX_CANDIDATES, Ballot, BallotState
from bot.story.manuscript import JobId, Origin, Passage, Session, may_undo
from bot.workshop.acts import Act, Deeds, open_session_of
from bot.workshop.ballots import BallotBox, busy
from bot.workshop.errors import BallotFull, NeedsConfirmation, NotAllowed, NothingToUndo, NotYours, Outdated
from bot.workshop.head import append, cancel_ballot, halt_job, may_stop, take_back
from bot.workshop.notices import PassageAdded, ProposalAdded, Undone
from bot.workshop.order import must_fit
from bot.workshop.ports import Transaction
from bot.workshop.records import NewPassage
from bot.workshop.scribe import Scribe


@dataclass(slots=True)
class Writing:
    """Where people write."""

    deeds: Deeds
    scribe: Scribe
    box: BallotBox

    async def write(self, act: Act, text: str) -> PassageAdded | ProposalAdded:
        """Add a passage; while a ballot is drafted or open it becomes a proposal there.

        Raises EmptyText, TextTooLong, WordListed, BallotFull, SessionOver, NoSessionHere.
        """
        words = self.deeds.text(text)

        async def work(tx: Transaction) -> PassageAdded | ProposalAdded:
            session = await open_session_of(tx, act)
            await must_fit(tx, act.guild, words)
            ballot = await tx.ballots.current(session.id)
            if ballot is not None:
                return await self._propose(tx, act, session, ballot, words, instead_of_writing=True)
            passage = await self._keep(tx, act, session, words)
            await append(tx, session, passage, passage.written)
            return PassageAdded(session=session.id, passage=passage.id)

        return await self.deeds.once(act, work, then=lambda _: self.box.wake())

    async def propose(self, act: Act, text: str) -> ProposalAdded:
        """Put a text to the vote; opens a ballot where none is drafted or open. Raises as ``write``."""
        words = self.deeds.text(text)

        async def work(tx: Transaction) -> ProposalAdded:
            session = await open_session_of(tx, act)
            await must_fit(tx, act.guild, words)
            ballot = await tx.ballots.current(session.id)
            if ballot is not None:
                return await self._propose(tx, act, session, ballot, words)
            passage = await self._keep(tx, act, session, words)
            ballot = await tx.ballots.add(session.id, session.head, act.by.id)
            await tx.ballots.add_candidate(ballot.id, passage.id, None, passage.written)
            await self.box.open(tx, session, ballot)
            return ProposalAdded(session=session.id, ballot=ballot.id, number=1)

        return await self.deeds.once(act, work, then=lambda _: self.box.wake())

    async def undo(self, act: Act, *, confirmed: bool = False, passage: int | None = None) -> Undone:
        """Take back the newest passage; ``passage`` is the one that the doer saw as newest.

        A running single generation is stopped first, and where there is no passage yet, it alone is; who may
        stop it may do that. While a ballot is drafted or open only a moderator may, after confirming; that
        cancels it. Raises NothingToUndo, NotYours, NotAllowed, VoteUnderWay, BeingDrafted, NeedsConfirmation.
        """
        halted: list[JobId] = []

        async def work(tx: Transaction) -> Undone:
            session = await open_session_of(tx, act)
            newest = await _newest_if_any(tx, session, passage)
            ballot = await tx.ballots.current(session.id)
            if ballot is not None:
                await _may_cancel(tx, act, ballot, confirmed=confirmed)
            await _may_undo(tx, act, session, newest)
            now = self.deeds.now()
            if job := await halt_job(tx, session, self.scribe.so_far):
                halted.append(job.id)
            cancelled = await cancel_ballot(tx, session, now)
            if newest:
                await self._take_back(tx, act, session, newest, now)
            return Undone(
                session=session.id,
                passage=newest.id if newest else None,
                stopped_model=bool(halted),
                cancelled_ballot=cancelled,
            )

        return await self.deeds.once(act, work, then=lambda _: self.scribe.halt(halted))

    async def _take_back(
        self, tx: Transaction, act: Act, session: Session, newest: Passage, now: datetime
    ) -> None:
        await take_back(tx, session, newest, now)
        await tx.people.touch(session.id, act.by, now)
        event = await tx.diary.record(session.id, "undone", act.by, now, {"passage": newest.id})
        await tx.outbox.add(session.id, f"event:{event}")

    async def _keep(self, tx: Transaction, act: Act, session: Session, words: str) -> Passage:
        now = self.deeds.now()
        await tx.people.touch(session.id, act.by, now)
        return await tx.passages.add(
            NewPassage(
                session=session.id,
                parent=session.head,
                text=words,
                origin=Origin.HUMAN,
                author=act.by.id,
                author_name=act.by.name,
                written=now,
            )
        )

    async def _propose(
        self,
        tx: Transaction,
        act: Act,
        session: Session,
        ballot: Ballot,
        words: str,
        *,
        instead_of_writing: bool = False,
    ) -> ProposalAdded:
        candidates = await tx.ballots.candidates(ballot.id)
        drafts = sum(job.wanted for job in await tx.jobs.running(session.id) if job.ballot == ballot.id)
        written = sum(passage.origin is Origin.MODEL for _, passage in candidates)
        if len(candidates) + max(0, drafts - written) >= MAX_CANDIDATES:
            raise BallotFull(text=words, limit=MAX_CANDIDATES)
        passage = await self._keep(tx, act, session, words)
        number = await self.box.enter(tx, session, ballot, passage)
        return ProposalAdded(
            session=session.id, ballot=ballot.id, number=number, instead_of_writing=instead_of_writing
        )


async def newest_of(tx: Transaction, session: Session, expected: int | None = None) -> Passage:
    """Return the passage at the head. Raises NothingToUndo, and Outdated when another was ``expected``."""
    if expected is not None and expected != session.head:
        raise Outdated
    newest = await tx.passages.get(session.id, session.head) if session.head else None
    if newest is None:
        raise NothingToUndo
    return newest


async def _newest_if_any(tx: Transaction, session: Session, expected: int | None) -> Passage | None:
    """Return the passage at the head, None where so far there is only work or a vote on the first one."""
    try:
        return await newest_of(tx, session, expected)
    except NothingToUndo:
        if await tx.jobs.running(session.id) or await tx.ballots.current(session.id):
            return None
        raise


async def _may_undo(tx: Transaction, act: Act, session: Session, newest: Passage | None) -> None:
    if newest is not None and not may_undo(newest, act.by):
        raise NotYours(chosen=newest.chosen_by is not None)
    for job in await tx.jobs.running(session.id) if newest is None else ():
        if not may_stop(session, job, act.by):
            raise NotAllowed(deed="stop")


async def _may_cancel(tx: Transaction, act: Act, ballot: Ballot, *, confirmed: bool) -> None:
    drafting = ballot.state is BallotState.DRAFT
    if not act.by.moderator:
        raise await busy(tx, ballot)
    if not confirmed:
        raise NeedsConfirmation(deed="undo", drafting=drafting, voting=not drafting)
