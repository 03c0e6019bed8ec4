"""A plot's outline within a transaction: asking for it, and showing where the story stands in it."""

from datetime import datetime

from bot.forms import PLOT
from bot.story.manuscript import AiMode, Session
from bot.story.people import Member
from bot.workshop.errors import NoOutline
from bot.workshop.order import banned
from bot.workshop.planner import Wish
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, NewJob


async def ask_for_outline(
    tx: Transaction, session: Session, asker: Member, acts: int, seed: int, now: datetime
) -> Job:
    """Set the model to work on the outline; its page is that of a single continuation."""
    job = await tx.jobs.add(
        NewJob(
            session=session.id,
            parent=session.head,
            asker=asker.id,
            asker_name=asker.name,
            direction=None,
            wanted=1,
            length="medium",
            seed=seed,
            asked=now,
        )
    )
    await tx.plans.ask(job.id, session.id, acts)
    await tx.outbox.add(session.id, f"turn:{job.id}")
    return job


async def outline_wish(tx: Transaction, session: Session, job: Job) -> Wish | None:
    """Return what a job is to draft, None for one that drafts no outline."""
    acts = await tx.plans.acts(job.id) if session.form == PLOT.name else None
    return Wish(session, job, acts, await banned(tx, session.guild)) if acts else None


def no_outline(session: Session) -> NoOutline:
    """Return the error for a session without an outline."""
    wanting = session.form == PLOT.name and session.ai is not AiMode.OFF
    return NoOutline(title=session.title, wanting=wanting)


async def show_plan(tx: Transaction, session: Session) -> None:
    """Queue the page of a plot's outline: the beat that comes next has changed."""
    if session.form == PLOT.name and (plan := await tx.plans.of(session.id)):
        await tx.outbox.add(session.id, f"turn:{plan.job}")
