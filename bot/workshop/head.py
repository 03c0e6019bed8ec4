"""Moving a session's head, and stopping what stands in the way of it."""

from collections.abc import Callable
from datetime import datetime

from bot.story.ballot import BallotState
from bot.story.manuscript import BallotId, JobId, Passage, Session, SessionState, may_manage
from bot.story.people import Member
from bot.workshop.outlines import show_plan
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, JobState, NewPassage


def page_of_job(job: Job) -> str:
    """Return the key of the page on which a job is seen."""
    return f"turn:{job.id}" if job.wanted == 1 else f"drafting:{job.id}"


async def append(
    tx: Transaction,
    session: Session,
    passage: Passage,
    at: datetime,
    *,
    page: str | None = None,
    chosen_by: BallotId | None = None,
) -> None:
    """Make ``passage`` the head and queue its page, and the page that loses its buttons to it."""
    key = page or f"passage:{passage.id}"
    await tx.passages.place(passage.id, key, chosen_by)
    await tx.sessions.move_head(session.id, passage.id, at)
    await show_head(tx, session)
    await tx.outbox.add(session.id, key)
    await show_plan(tx, session)


async def take_back(tx: Transaction, session: Session, newest: Passage, at: datetime) -> None:
    """Move the head to the newest passage's parent and queue both pages."""
    await tx.sessions.move_head(session.id, newest.parent, at)
    if newest.page:
        await tx.outbox.add(session.id, newest.page)
    await show_head(tx, await tx.sessions.by_id(session.id))
    await show_plan(tx, session)


async def show_head(tx: Transaction, session: Session) -> None:
    """Queue the page that carries the head's buttons: its passage, or the thread's opening."""
    if session.head is None:
        await tx.outbox.add(session.id, f"opening:{session.id}")
        return
    passage = await tx.passages.get(session.id, session.head)
    if passage and passage.page:
        await tx.outbox.add(session.id, passage.page)


def may_stop(session: Session, job: Job, by: Member) -> bool:
    """Tell whether ``by`` may stop the model's work: its asker, the session's opener or a moderator."""
    return by.id == job.asker or may_manage(session, by)


async def halt_job(
    tx: Transaction, session: Session, so_far: Callable[[JobId], NewPassage | None]
) -> Job | None:
    """Stop the session's running job, if there is one, and queue its page.

    What a single continuation has written ``so_far`` is kept beside the story.
    """
    for job in await tx.jobs.running(session.id):
        words = None if job.ballot else so_far(job.id)
        kept = await tx.passages.add(words) if words else None
        if await tx.jobs.end(job.id, JobState.STOPPED, passage=kept.id if kept else None):
            await tx.outbox.add(session.id, page_of_job(job))
            return job
    return None


async def cancel_ballot(tx: Transaction, session: Session, at: datetime) -> bool:
    """Cancel the session's draft or open ballot, if there is one; its candidates stay in the tree."""
    ballot = await tx.ballots.current(session.id)
    if ballot is None or not await tx.ballots.settle(ballot.id, ballot.state, BallotState.CANCELLED):
        return False
    if ballot.state is BallotState.OPEN:
        await tx.outbox.add(session.id, f"ballot:{ballot.id}")
    await tx.sessions.set_state(session.id, SessionState.WRITING, at)
    return True
