"""The desk: hands pages to the delivery in their present state, and notes what was shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.story.manuscript import Session, SessionId
from bot.workshop.binder import Binder
from bot.workshop.pages import Page
from bot.workshop.ports import Ledger, Transaction
from bot.workshop.records import OutboxRow, Shown


@dataclass(slots=True)
class Desk:
    """The outbox as the delivery sees it."""

    ledger: Ledger
    binder: Binder

    async def waiting(self) -> Sequence[SessionId]:
        """Return the sessions that have something to show."""
        async with self.ledger.reading() as tx:
            return await tx.outbox.waiting()

    async def next(self, session: SessionId) -> OutboxRow | None:
        """Return the oldest row of a session."""
        async with self.ledger.reading() as tx:
            return await tx.outbox.next(session)

    async def page(self, key: str) -> Page:
        """Return a page in its present state, live text included. Raises KeyError for no such page."""
        async with self.ledger.reading() as tx:
            return await self.binder.bind(tx, key)

    async def shown(self, page: str) -> Sequence[Shown]:
        """Return the messages of a page by part."""
        async with self.ledger.reading() as tx:
            return await tx.outbox.shown(page)

    async def known(self, place: str) -> Sequence[str]:
        """Return the ids of the messages in a place that belong to a page already."""
        async with self.ledger.reading() as tx:
            return await tx.outbox.known(place)

    async def put(self, shown: Shown) -> None:
        """Note an attempt to post, or what came of it."""
        async with self.ledger.writing(patient=True) as tx:
            await tx.outbox.put(shown)

    async def remove(self, page: str, part: int) -> None:
        """Forget a message that was deleted because its page became shorter."""
        async with self.ledger.writing(patient=True) as tx:
            await tx.outbox.remove(page, part)

    async def done(self, row: OutboxRow, shown: Sequence[Shown]) -> None:
        """Note what is shown of a row's page, and drop the rows it satisfies."""
        async with self.ledger.writing(patient=True) as tx:
            for each in shown:
                await tx.outbox.put(each)
            await tx.outbox.done(row)

    async def thread_opened(self, session: SessionId, thread: str) -> None:
        """Bind a session to its thread."""
        async with self.ledger.writing(patient=True) as tx:
            await tx.sessions.set_thread(session, thread)

    async def thread_lost(self, session: SessionId) -> None:
        """Give up showing a session whose channel or thread was deleted; its text stays in the store."""
        async with self.ledger.writing(patient=True) as tx:
            await _lose(tx, await tx.sessions.by_id(session))

    async def thread_deleted(self, guild: str, thread: str) -> None:
        """Do the same for the session of a thread that somebody was seen to delete, if it is one's."""
        async with self.ledger.writing(patient=True) as tx:
            session = await tx.sessions.at(guild, thread)
            if session is not None:
                await _lose(tx, session)

    async def idle(self, session: SessionId) -> bool:
        """Tell whether nothing is being written for a session and nothing waits to be shown."""
        async with self.ledger.reading() as tx:
            return not await tx.jobs.running(session) and await tx.outbox.next(session) is None


async def _lose(tx: Transaction, session: Session) -> None:
    if session.thread:
        await tx.outbox.gone(session.thread)
    await tx.outbox.drop(session.id)
    await tx.sessions.lose_thread(session.id)
