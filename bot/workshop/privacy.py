"""Each person's own data: what the records of a server hold of them, and having it deleted."""

from dataclasses import dataclass, field

from bot.story.ballot import BallotState
from bot.story.manuscript import BallotId, JobId, SessionId, SessionState
from bot.story.people import Member
from bot.story.privacy import Keep, former_writer
from bot.workshop.acts import Act, Deeds
from bot.workshop.endings import Endings
from bot.workshop.errors import NeedsConfirmation, NotYourData
from bot.workshop.head import page_of_job
from bot.workshop.notices import Forgotten
from bot.workshop.people_records import Footprint
from bot.workshop.ports import Transaction
from bot.workshop.records import JobState
from bot.workshop.scribe import Scribe
from bot.workshop.sweeper import Sweeper


@dataclass(slots=True)
class _Touched:
    """What a deletion set in motion beyond its own transaction."""

    jobs: set[JobId] = field(default_factory=set[JobId])
    sessions: set[SessionId] = field(default_factory=set[SessionId])


@dataclass(slots=True)
class Privacy:
    """Where people ask about themselves."""

    deeds: Deeds
    scribe: Scribe
    endings: Endings
    sweeper: Sweeper

    async def info(self, act: Act, whose: Member | None = None) -> Footprint:
        """Return how much this server's records hold of the asker. Raises NotYourData."""
        _must_be_oneself(act, whose)
        async with self.deeds.ledger.reading() as tx:
            return await tx.privacy.footprint(act.guild, act.by.id)

    async def delete(
        self, act: Act, keep: Keep, *, whose: Member | None = None, confirmed: bool = False
    ) -> Forgotten:
        """Make this server's records forget the asker: a pseudonym stands for them from then on.

        ``keep`` says whether their words stay under it. Safe to call again: there is nothing left to do.
        They may take part again, as somebody new. Raises NotYourData, NeedsConfirmation.
        """
        _must_be_oneself(act, whose)
        touched = _Touched()

        async def work(tx: Transaction) -> Forgotten:
            found = await tx.privacy.footprint(act.guild, act.by.id)
            if found.empty:
                return Forgotten(session=0, number=0, passages=0, keep=keep)
            if not confirmed:
                raise NeedsConfirmation(deed=f"forget-{keep}", drafting=False, voting=False)
            former = await self._forget(tx, act, keep, touched)
            return Forgotten(session=0, number=former, passages=found.passages, keep=keep)

        def then(_: Forgotten) -> None:
            self.scribe.halt(touched.jobs)
            self.endings.box.wake()
            self.sweeper.wake()
            for session in touched.sessions:
                self.deeds.courier.collect(session)

        return await self.deeds.once(act, work, then=then, anybody=True)

    async def _forget(self, tx: Transaction, act: Act, keep: Keep, touched: _Touched) -> int:
        guild, member, now = act.guild, act.by.id, self.deeds.now()
        number = await tx.privacy.next_former(guild, now)
        former = former_writer(number)
        pages = await tx.privacy.shown(guild, member)
        await self._leave_votes(tx, act, keep, touched)  # before a draft of theirs is given up: it may open
        await self._stop_jobs(tx, act, touched)
        if keep is Keep.NOTHING:
            await tx.privacy.blank(guild, member)
        await tx.privacy.rename(guild, member, former)
        for session, page in pages:
            touched.sessions.add(session)
            await tx.outbox.add(session, page)
        await tx.sweeps.add(member, now)
        await tx.diary.audit(guild, "privacy-delete", former, now, {"keep": str(keep)})
        return number

    async def _stop_jobs(self, tx: Transaction, act: Act, touched: _Touched) -> None:
        """Stop what the model does for the person: it would be written down under their name."""
        for job in await tx.jobs.of_person(act.guild, act.by.id):
            await tx.jobs.end(job.id, JobState.STOPPED)
            await self.endings.give_up_draft(tx, await tx.sessions.by_id(job.session), job)
            await tx.outbox.add(job.session, page_of_job(job))
            touched.jobs.add(job.id)
            touched.sessions.add(job.session)

    async def _leave_votes(self, tx: Transaction, act: Act, keep: Keep, touched: _Touched) -> None:
        """Withdraw from open ballots, and let the keeper look at them: fewer people are waited for now."""
        for session, ballot in await tx.privacy.withdraw_votes(act.guild, act.by.id):
            await self._look_again(tx, session, ballot, touched)
        if keep is Keep.TEXT:
            return
        for session, ballot in await tx.privacy.withdraw_proposals(act.guild, act.by.id):
            await tx.ballots.settle(ballot, BallotState.OPEN, BallotState.CANCELLED)
            await tx.sessions.set_state(session, SessionState.WRITING, self.deeds.now())
            await self._look_again(tx, session, ballot, touched)

    async def _look_again(
        self, tx: Transaction, session: SessionId, ballot: BallotId, touched: _Touched
    ) -> None:
        await self.endings.box.look_again(tx, session, ballot)
        touched.sessions.add(session)


def _must_be_oneself(act: Act, whose: Member | None) -> None:
    if whose is not None and whose.id != act.by.id:
        raise NotYourData(name=whose.name)
