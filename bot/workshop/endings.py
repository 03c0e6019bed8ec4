"""How a job of the model ends: its text joins the story, becomes a candidate, is kept aside, or failed."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.story.ballot import MAX_CANDIDATES, BallotState
from bot.story.manuscript import Passage, Session, SessionState
from bot.story.plan import Beat
from bot.workshop.acts import Deeds
from bot.workshop.ballots import BallotBox
from bot.workshop.errors import ModelError
from bot.workshop.head import append, page_of_job
from bot.workshop.outlines import show_plan
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, JobState, NewPassage


@dataclass(slots=True)
class Endings:
    """Each ending is one transaction that happens at most once: a job that has ended ignores it."""

    deeds: Deeds
    box: BallotBox

    async def single(self, job: Job, draft: NewPassage) -> None:
        """Let a single continuation join the story, or a ballot; or keep it aside when the head moved."""
        async with self.deeds.ledger.writing() as tx:
            if not await _still_running(tx, job):
                return
            session = await tx.sessions.by_id(job.session)
            passage = await tx.passages.add(draft)
            if job.ballot:
                await tx.ballots.add_candidate(job.ballot, passage.id, None, passage.written)
                await self._open(tx, session, job)
            else:
                await self._join(tx, session, job, passage)
            await tx.outbox.add(session.id, page_of_job(job))
        self._announce(job)

    async def candidate(self, job: Job, draft: NewPassage) -> None:
        """Keep one of several candidates."""
        async with self.deeds.ledger.writing() as tx:
            if job.ballot and await _still_running(tx, job):
                passage = await tx.passages.add(draft)
                await tx.ballots.add_candidate(job.ballot, passage.id, None, passage.written)

    async def several(self, job: Job) -> None:
        """Open the ballot over all that was drafted and proposed."""
        async with self.deeds.ledger.writing() as tx:
            if not await _still_running(tx, job):
                return
            session = await tx.sessions.by_id(job.session)
            await self._open(tx, session, job)
            await tx.outbox.add(session.id, page_of_job(job))
        self._announce(job)

    async def outlined(self, job: Job, beats: Sequence[Beat]) -> None:
        """Keep an outline; the one that it replaces shows that."""
        async with self.deeds.ledger.writing() as tx:
            if not await _still_running(tx, job):
                return
            session = await tx.sessions.by_id(job.session)
            await show_plan(tx, session)
            await tx.plans.keep(job.id, beats)
            await tx.jobs.end(job.id, JobState.DONE)
            await tx.outbox.add(session.id, page_of_job(job))
        self._announce(job)

    async def failed(self, job: Job, fault: ModelError, words: NewPassage | None = None) -> None:
        """Say that the model failed; what people proposed meanwhile is still put to the vote.

        ``words`` are what a single continuation had written when it broke off: they are kept aside.
        """
        async with self.deeds.ledger.writing() as tx:
            if not await _still_running(tx, job):
                return
            kept = await tx.passages.add(words) if words and not job.ballot else None
            name, passage = type(fault).__name__, kept.id if kept else None
            await tx.jobs.end(job.id, JobState.FAILED, fault=name, passage=passage)
            session = await tx.sessions.by_id(job.session)
            await self.give_up_draft(tx, session, job)
            await tx.outbox.add(session.id, page_of_job(job))
        self._announce(job)

    async def give_up_draft(self, tx: Transaction, session: Session, job: Job) -> None:
        """Open the ballot of an ended job if people proposed something, else cancel it."""
        ballot = await tx.ballots.get(job.ballot) if job.ballot else None
        if ballot is None or ballot.state is not BallotState.DRAFT:
            return
        candidates = await tx.ballots.candidates(ballot.id)
        if any(passage.how is None for _, passage in candidates):
            await self.box.open(tx, session, ballot)
        else:
            await tx.ballots.settle(ballot.id, BallotState.DRAFT, BallotState.CANCELLED)

    async def _open(self, tx: Transaction, session: Session, job: Job) -> None:
        await tx.jobs.end(job.id, JobState.DONE)
        ballot = await tx.ballots.get(job.ballot) if job.ballot else None
        if ballot is not None:
            await self.box.open(tx, session, ballot)

    async def _join(self, tx: Transaction, session: Session, job: Job, passage: Passage) -> None:
        ballot = await tx.ballots.current(session.id)
        writable = session.state is not SessionState.FINISHED and session.head == job.parent
        if writable and ballot is None:
            await tx.jobs.end(job.id, JobState.DONE, passage=passage.id)
            await append(tx, session, passage, passage.written, page=page_of_job(job))
        elif writable and ballot and len(await tx.ballots.candidates(ballot.id)) < MAX_CANDIDATES:
            await tx.jobs.end(job.id, JobState.DONE)
            await self.box.enter(tx, session, ballot, passage)
        else:
            await tx.jobs.end(job.id, JobState.STALE, passage=passage.id)

    def _announce(self, job: Job) -> None:
        self.box.wake()
        self.deeds.courier.collect(job.session)


async def _still_running(tx: Transaction, job: Job) -> bool:
    kept = await tx.jobs.get(job.id)
    return kept is not None and kept.state is JobState.RUNNING
