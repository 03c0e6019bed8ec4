"""Pages to show, in order, and what is shown already."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, func, select, update

from bot.storage.link import Link
from bot.storage.schema import outbox
from bot.storage.schema import shown as messages
from bot.story.manuscript import SessionId
from bot.workshop.records import OutboxRow, Shown


class StoredOutbox:
    """The rows that a session's thread still waits for, and the messages that stand there."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, session: SessionId, page: str) -> None:
        """Ask for the page to be shown as the store has it, after all that was asked for before."""
        await self._link.insert(outbox, session=session, page=page)

    async def waiting(self) -> Sequence[SessionId]:
        """Return the sessions that have rows, the longest waiting first."""
        chosen = select(outbox.c.session).group_by(outbox.c.session)
        return await self._link.values(chosen.order_by(func.min(outbox.c.id)))

    async def next(self, session: SessionId) -> OutboxRow | None:
        """Return the session's oldest row."""
        chosen = select(outbox).where(outbox.c.session == session).order_by(outbox.c.id).limit(1)
        row = await self._link.first(chosen)
        return None if row is None else OutboxRow(**row)

    async def done(self, row: OutboxRow) -> None:
        """Drop all rows of the row's page up to this one: what was shown is the state they asked for."""
        page = outbox.c.session == row.session, outbox.c.page == row.page
        await self._link.run(delete(outbox).where(*page, outbox.c.id <= row.id))

    async def drop(self, session: SessionId) -> int:
        """Give up all rows of a session whose thread is gone; return how many."""
        return (await self._link.run(delete(outbox).where(outbox.c.session == session))).rowcount

    async def shown(self, page: str) -> Sequence[Shown]:
        """Return the page's messages by part."""
        rows = await self._link.all(select(messages).where(messages.c.page == page).order_by(messages.c.part))
        return [Shown(**row) for row in rows]

    async def known(self, place: str) -> Sequence[str]:
        """Return the ids of the messages in a place that are already matched to a page."""
        matched = messages.c.place == place, messages.c.message.is_not(None)
        return await self._link.values(select(messages.c.message).where(*matched))

    async def standing(self, kind: str) -> Sequence[str]:
        """Return the pages of a kind that have a message which nobody deleted."""
        of_kind = messages.c.page.startswith(f"{kind}:"), messages.c.gone.is_(False)
        return await self._link.values(select(messages.c.page).where(*of_kind).distinct())

    async def put(self, shown: Shown) -> None:
        """Insert or replace one message of a page."""
        values = asdict(shown)
        key = {name: values.pop(name) for name in ("page", "part")}
        await self._link.upsert(messages, key, values)

    async def gone(self, place: str) -> None:
        """Note that all messages in a place were deleted with it."""
        await self._link.run(update(messages).where(messages.c.place == place).values(gone=True))

    async def anew(self, session: SessionId, page: str) -> None:
        """Ask for the page to be shown as if it never was.

        Messages of it that may still stand stay known, under a name of no page: they look as the new ones will.
        """
        former = messages.c.page == page
        await self._link.run(delete(messages).where(former, messages.c.message.is_(None) | messages.c.gone))
        await self._link.run(
            update(messages).where(former).values(page=messages.c.page + "@" + messages.c.message)
        )
        await self.add(session, page)

    async def remove(self, page: str, part: int) -> None:
        """Forget one message of a page."""
        await self._link.run(delete(messages).where(messages.c.page == page, messages.c.part == part))
