"""Opening a story again whose thread was deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.forms import PLOT
from bot.story.ballot import BallotState
from bot.story.manuscript import Session, SessionId, may_manage
from bot.workshop.acts import Act, Deeds
from bot.workshop.errors import NoSuchSession, NotAllowed, ThreadStands
from bot.workshop.head import page_of_job
from bot.workshop.notices import SessionReopened
from bot.workshop.ports import Transaction


@dataclass(slots=True)
class Reopening:
    """Where a story gets another thread."""

    deeds: Deeds

    async def reopen(self, act: Act, number: SessionId) -> SessionReopened:
        """Let a story go on in a new thread of this channel: its card and what people act on follow.

        Earlier passages are in the history. Raises NoSuchSession, NotAllowed, ThreadStands.
        """

        async def work(tx: Transaction) -> SessionReopened:
            session = await tx.sessions.get(act.guild, number)
            if session is None:
                raise NoSuchSession(number=number)
            if not may_manage(session, act.by):
                raise NotAllowed(deed="reopen")
            if not session.lost:
                raise ThreadStands(title=session.title)
            now = self.deeds.now()
            await tx.sessions.move(session.id, act.channel, now)
            await tx.diary.record(session.id, "reopened", act.by, now, {})
            for page in await _pages(tx, session):
                await tx.outbox.anew(session.id, page)
            return SessionReopened(session=session.id, title=session.title)

        return await self.deeds.once(act, work)


async def _pages(tx: Transaction, session: Session) -> Sequence[str]:
    """Return what a thread needs to be gone on with, in order."""
    pages = [f"{page}:{session.id}" for page in ("card", "thread", "opening")]
    if session.form == PLOT.name and (plan := await tx.plans.of(session.id)):
        pages.append(f"turn:{plan.job}")
    head = await tx.passages.get(session.id, session.head) if session.head else None
    if head and head.page:
        pages.append(head.page)
    ballot = await tx.ballots.current(session.id)
    if ballot and ballot.state is BallotState.OPEN:
        pages.append(f"ballot:{ballot.id}")
    return list(dict.fromkeys([*pages, *map(page_of_job, await tx.jobs.running(session.id))]))
