"""The binder: gathers the facts of a page, by its key, as the store and the running jobs have them now."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.forms import PLOT
from bot.story.ballot import Ballot, BallotState
from bot.story.manuscript import BallotId, JobId, Origin, Passage, PassageId, Session, SessionId, SessionState
from bot.story.plan import current
from bot.workshop.acts import Deeds
from bot.workshop.ballots import BallotBox
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    Choice,
    DraftingPage,
    EventPage,
    FailedPage,
    HintPage,
    OpeningPage,
    OutlinePage,
    Page,
    PassagePage,
    PlanningPage,
    UnaddedPage,
    WritingPage,
)
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, JobState
from bot.workshop.scribe import Scribe


@dataclass(slots=True)
class Binder:
    """Binds pages; one method a kind of page."""

    deeds: Deeds
    scribe: Scribe
    box: BallotBox

    async def bind(self, tx: Transaction, key: str) -> Page:
        """Return the page of a key such as ``passage:12``. Raises KeyError for no such page."""
        kind, _, number = key.partition(":")
        binders = {
            "card": self.card,
            "opening": self.opening,
            "passage": self.passage,
            "turn": self.turn,
            "drafting": self.drafting,
            "ballot": self.ballot,
            "event": self.event,
            "hint": self.hint,
        }
        return await binders[kind](tx, key, int(number.partition("/")[0]))

    async def card(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind the announcement."""
        return CardPage(key, await tx.sessions.by_id(SessionId(number)))

    async def opening(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind the thread's first message."""
        session = await tx.sessions.by_id(SessionId(number))
        return OpeningPage(key, session, fresh=session.head is None and _going_on(session))

    async def passage(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind a passage of the story."""
        passage = await tx.passages.by_id(PassageId(number))
        return await self._bound(tx, key, await tx.sessions.by_id(passage.session), passage)

    async def _bound(self, tx: Transaction, key: str, session: Session, passage: Passage) -> Page:
        newest = session.head == passage.id
        told = newest or await tx.passages.told(session.id, session.head, passage.id)
        return PassagePage(key, session, passage, newest=newest and _going_on(session), taken_back=not told)

    async def turn(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind a single continuation, from its first sign of life to its end."""
        job = await _job(tx, number)
        session = await tx.sessions.by_id(job.session)
        if session.form == PLOT.name and (acts := await tx.plans.acts(job.id)):
            return await self._outline(tx, key, session, job, acts)
        if job.state is JobState.RUNNING:
            live = self.scribe.live.get(job.id)
            words = live.draft.text.strip() if live and live.draft else ""
            return WritingPage(key, session, job.id, job.asker_name, words, self._seconds(job.asked))
        passage = await tx.passages.get(session.id, job.passage) if job.passage else None
        if job.state is JobState.DONE and passage:
            return await self._bound(tx, key, session, passage)
        return self._ended(key, session, job, passage)

    async def _outline(self, tx: Transaction, key: str, session: Session, job: Job, acts: int) -> Page:
        plan = await tx.plans.of(session.id)
        if job.state is JobState.RUNNING:
            live = self.scribe.live.get(job.id)
            beats = tuple(live.beats) if live else ()
            return PlanningPage(key, session, job.id, job.asker_name, beats, acts, self._seconds(job.asked))
        drafted = await tx.plans.of_job(job.id)
        if drafted is None:
            return self._ended(key, session, job, None, settled=plan is not None)
        branch = await tx.passages.branch(session.id, session.head)
        beat = current(drafted, branch)
        return OutlinePage(
            key,
            session,
            job.id,
            job.asker_name,
            drafted.beats,
            current=beat.position if beat else None,
            fresh=not branch and _going_on(session),
            replaced=plan is not None and plan.job != job.id,
        )

    async def drafting(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind the progress of several candidates."""
        job = await _job(tx, number)
        return self._ended(key, await tx.sessions.by_id(job.session), job, None)

    def _ended(
        self, key: str, session: Session, job: Job, passage: Passage | None, *, settled: bool = False
    ) -> Page:
        added = passage is not None and passage.page is not None
        actionable = _going_on(session) and not settled and not added
        if job.state is JobState.FAILED and passage is None:
            return FailedPage(key, session, job.id, job.asker_name, job.fault or "", actionable)
        if job.state in (JobState.STOPPED, JobState.STALE, JobState.FAILED):
            kept = None if added else passage
            return UnaddedPage(key, session, job.id, job.asker_name, kept, job.state, actionable, added)
        live = self.scribe.live.get(job.id)
        return DraftingPage(
            key,
            session,
            job.id,
            job.asker_name,
            done=live.done if live else 0,
            wanted=job.wanted,
            seconds=self._seconds(job.asked),
            over=job.state is not JobState.RUNNING,
        )

    async def ballot(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind a vote; origins and votes show once it is over."""
        ballot = await tx.ballots.get(BallotId(number))
        if ballot is None:
            raise KeyError(key)
        session = await tx.sessions.by_id(ballot.session)
        counts = await self._counts(tx, ballot)
        revealed = ballot.state in (BallotState.COMMITTED, BallotState.CANCELLED)
        candidates = await tx.ballots.candidates(ballot.id)
        winner = next((item.number for item, passage in candidates if passage.id == ballot.winner), None)
        return BallotPage(
            key,
            session,
            ballot,
            choices=tuple(
                choice(item.number or 0, passage, counts if revealed else None)
                for item, passage in candidates
            ),
            voted=sum(counts.values()),
            needed=(await self.box.count(tx, session, ballot)).needed,
            winner=winner,
            none_votes=counts.get(0, 0) if revealed else None,
        )

    async def _counts(self, tx: Transaction, ballot: Ballot) -> Mapping[int, int]:
        counts: dict[int, int] = {}
        for vote in await tx.ballots.votes(ballot.id):
            counts[vote.choice] = counts.get(vote.choice, 0) + 1
        return counts

    async def event(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind a line about something that happened."""
        event = await tx.diary.event(number)
        if event is None:
            raise KeyError(key)
        session = await tx.sessions.by_id(event.session)
        return EventPage(key, session, event.kind, event.actor_name, event.at)

    async def hint(self, tx: Transaction, key: str, number: int) -> Page:
        """Bind a hint that goes; ``number`` is its session's."""
        return HintPage(key, await tx.sessions.by_id(SessionId(number)))

    def _seconds(self, since: datetime) -> int:
        return int((self.deeds.now() - since).total_seconds())


def choice(number: int, passage: Passage, counts: Mapping[int, int] | None) -> Choice:
    """Return a candidate as the ballot shows it; ``counts`` is None while origins stay hidden."""
    if counts is None:
        return Choice(number, passage.text)
    by = "the model" if passage.origin is Origin.MODEL else passage.author_name
    return Choice(number, passage.text, by=by, votes=counts.get(number, 0))


async def _job(tx: Transaction, number: int) -> Job:
    job = await tx.jobs.get(JobId(number))
    if job is None:
        raise KeyError(f"job {number}")
    return job


def _going_on(session: Session) -> bool:
    return session.state is not SessionState.FINISHED
