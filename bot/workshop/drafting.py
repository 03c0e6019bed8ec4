"""Asking the model, stopping it, and what to do with a continuation that came too late."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.story.manuscript import AiMode, BallotId, JobId, Origin, Passage, Session, may_undo
from bot.story.text import clean
from bot.workshop.acts import Act, Deeds, open_session_of
from bot.workshop.ballots import busy
from bot.workshop.endings import Endings
from bot.workshop.errors import (
    AlreadyWriting,
    ModelIsSilent,
    NotAllowed,
    NothingToRetry,
    NotYours,
    Outdated,
)
from bot.workshop.head import append, halt_job, may_stop, page_of_job, take_back
from bot.workshop.notices import ModelAsked, PassageAdded, Stopped
from bot.workshop.order import active_in, must_be_clean, must_be_idle, rules_of
from bot.workshop.outlines import ask_for_outline, show_plan
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, JobState, NewJob, NewPassage
from bot.workshop.refusals import TooManyCandidates
from bot.workshop.scribe import Scribe
from bot.workshop.writing import newest_of

SEVERAL = 3
DIRECTION_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of the model: ``candidates`` None means 3, or 1 where at most one person is active."""

    direction: str | None = None
    candidates: int | None = None
    length: str = "medium"


@dataclass(slots=True)
class Drafting:
    """Where people ask the model."""

    deeds: Deeds
    scribe: Scribe
    endings: Endings

    async def ask(
        self,
        act: Act,
        direction: str | None = None,
        candidates: int | None = None,
        length: str = "medium",
    ) -> ModelAsked:
        """Set the model to work.

        Raises ModelIsSilent, AlreadyWriting, BeingDrafted, VoteUnderWay, BusyElsewhere, TooManyCandidates,
        WordListed.
        """
        wish = Ask(clean(direction or "")[:DIRECTION_CHARACTERS] or None, candidates, length)

        async def work(tx: Transaction) -> ModelAsked:
            session = await open_session_of(tx, act)
            await _must_be_free(tx, session)
            await must_be_clean(tx, act.guild, wish.direction or "")
            return await self._set_to_work(tx, act, session, wish)

        return await self._asking(act, work)

    async def retry(self, act: Act) -> ModelAsked:
        """Take back the model's newest passage, or a plot's outline, and write another in its place.

        Raises as ``ask``, and NothingToUndo, NothingToRetry, NotYours.
        """

        async def work(tx: Transaction) -> ModelAsked:
            session = await open_session_of(tx, act)
            await _must_be_free(tx, session)
            _must_speak(session)
            if session.head is None and (acts := await tx.plans.latest_acts(session.id)):
                return await self._outline(tx, act, session, acts)
            newest = await newest_of(tx, session)
            if newest.origin is not Origin.MODEL:
                raise NothingToRetry
            if not may_undo(newest, act.by):
                raise NotYours(chosen=newest.chosen_by is not None)
            await take_back(tx, session, newest, self.deeds.now())
            direction = newest.how.direction if newest.how else None
            return await self._set_to_work(
                tx, act, replace(session, head=newest.parent), Ask(direction, candidates=1)
            )

        return await self._asking(act, work)

    async def retry_from(self, act: Act, job: JobId) -> ModelAsked:
        """Ask again, from the present head, for what a failed, stopped or outdated job was asked for."""

        async def work(tx: Transaction) -> ModelAsked:
            session = await open_session_of(tx, act)
            await _must_be_free(tx, session)
            ended = await _ended_job(tx, session, job)
            if acts := await tx.plans.acts(job):
                asked = await self._outline(tx, act, session, acts)
            else:
                wish = Ask(ended.direction, ended.wanted, ended.length)
                asked = await self._set_to_work(tx, act, session, wish)
            await tx.outbox.add(session.id, page_of_job(ended))
            return asked

        return await self._asking(act, work)

    async def stop(self, act: Act, job: JobId | None = None) -> Stopped:
        """Stop the model: its asker, the session's opener or a moderator may. Nothing is appended.

        What a single continuation had written is kept beside the story; what people proposed while
        several were drafted is put to the vote. Raises Outdated when it has ended already, NotAllowed.
        """

        async def work(tx: Transaction) -> Stopped:
            session = await open_session_of(tx, act)
            running = [each for each in await tx.jobs.running(session.id) if job in (None, each.id)]
            if not running:
                raise Outdated
            [found] = running
            if not may_stop(session, found, act.by):
                raise NotAllowed(deed="stop")
            await halt_job(tx, session, self.scribe.so_far)
            await self.endings.give_up_draft(tx, session, found)
            return Stopped(session=session.id, job=found.id)

        def halt(notice: Stopped) -> None:
            self.scribe.halt([JobId(notice.job)])
            self.endings.box.wake()

        return await self.deeds.once(act, work, then=halt)

    async def add_anyway(self, act: Act, job: JobId) -> PassageAdded:
        """Append what a stopped or outdated continuation wrote, after the present head.

        Raises Outdated when it was added already or there is nothing, BeingDrafted, VoteUnderWay.
        """

        async def work(tx: Transaction) -> PassageAdded:
            session = await open_session_of(tx, act)
            await _must_be_free(tx, session)
            ended = await _ended_job(tx, session, job)
            kept = await tx.passages.get(session.id, ended.passage) if ended.passage else None
            if kept is None or kept.page is not None:
                raise Outdated
            passage = await self._transplant(tx, session, kept)
            now = self.deeds.now()
            await tx.passages.place(kept.id, f"passage:{passage.id}")
            await append(tx, session, passage, now)
            await tx.people.touch(session.id, act.by, now)
            await tx.outbox.add(session.id, page_of_job(ended))
            return PassageAdded(session=session.id, passage=passage.id)

        return await self.deeds.once(act, work)

    async def _asking(self, act: Act, work: Callable[[Transaction], Awaitable[ModelAsked]]) -> ModelAsked:
        return await self.deeds.once(act, work, then=lambda notice: self.scribe.begin(JobId(notice.job)))

    async def _set_to_work(self, tx: Transaction, act: Act, session: Session, wish: Ask) -> ModelAsked:
        _must_speak(session)
        now = self.deeds.now()
        await tx.people.touch(session.id, act.by, now)
        await must_be_idle(tx, act)
        wanted = await self._wanted(tx, session, wish)
        job = await tx.jobs.add(
            NewJob(
                session=session.id,
                parent=session.head,
                asker=act.by.id,
                asker_name=act.by.name,
                direction=wish.direction,
                wanted=wanted,
                length=wish.length,
                seed=self.deeds.chance.randrange(1 << 31),
                asked=now,
                ballot=await _draft_ballot(tx, act, session, wanted),
            )
        )
        await tx.outbox.add(session.id, page_of_job(job))
        return ModelAsked(session=session.id, job=job.id, candidates=wanted)

    async def _outline(self, tx: Transaction, act: Act, session: Session, acts: int) -> ModelAsked:
        _must_speak(session)
        if session.head is not None and await tx.plans.of(session.id):
            raise Outdated
        await must_be_idle(tx, act)
        now, seed = self.deeds.now(), self.deeds.chance.randrange(1 << 31)
        await tx.people.touch(session.id, act.by, now)
        await show_plan(tx, session)
        job = await ask_for_outline(tx, session, act.by, acts, seed, now)
        return ModelAsked(session=session.id, job=job.id, candidates=1)

    async def _wanted(self, tx: Transaction, session: Session, wish: Ask) -> int:
        most = (await rules_of(tx, session.guild)).max_candidates
        if wish.candidates and wish.candidates > most:
            raise TooManyCandidates(wanted=wish.candidates, most=most)
        return wish.candidates or min(most, await self._usual(tx, session))

    async def _usual(self, tx: Transaction, session: Session) -> int:
        people = await active_in(tx, session.id, session.guild, self.deeds.now())
        return SEVERAL if len(people) > 1 else 1

    async def _transplant(self, tx: Transaction, session: Session, kept: Passage) -> Passage:
        if kept.parent == session.head:
            return kept
        return await tx.passages.add(
            NewPassage(
                session=session.id,
                parent=session.head,
                text=kept.text,
                origin=kept.origin,
                author=kept.author,
                author_name=kept.author_name,
                written=self.deeds.now(),
                how=kept.how,
            )
        )


async def _must_be_free(tx: Transaction, session: Session) -> None:
    ballot = await tx.ballots.current(session.id)
    if ballot is not None:
        raise await busy(tx, ballot)
    for job in await tx.jobs.running(session.id):
        raise AlreadyWriting(asker=job.asker_name, job=job.id)


def _must_speak(session: Session) -> None:
    if session.ai is AiMode.OFF:
        raise ModelIsSilent(title=session.title)


async def _draft_ballot(tx: Transaction, act: Act, session: Session, wanted: int) -> BallotId | None:
    if wanted == 1 and session.ai is AiMode.FULL:
        return None
    return (await tx.ballots.add(session.id, session.head, act.by.id)).id


async def _ended_job(tx: Transaction, session: Session, job: JobId) -> Job:
    found = await tx.jobs.get(job)
    if found is None or found.session != session.id or found.state is JobState.RUNNING:
        raise Outdated
    return found
