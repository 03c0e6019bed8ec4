"""What delivery asks of the workshop: which pages wait, how they look now, and what is shown already."""

from collections.abc import Sequence
from typing import Protocol

from bot.story.manuscript import SessionId
from bot.workshop.pages import Page
from bot.workshop.records import OutboxRow, Shown


class Desk(Protocol):
    """The outbox and the record of what is shown; each call is a transaction of its own."""

    async def waiting(self) -> Sequence[SessionId]:
        """Return the sessions that have rows."""
        ...

    async def next(self, session: SessionId, /) -> OutboxRow | None:
        """Return the oldest row of a session."""
        ...

    async def page(self, key: str, /) -> Page:
        """Return the page's present state, live text included."""
        ...

    async def done(self, row: OutboxRow, shown: Sequence[Shown], /) -> None:
        """Record the messages and drop the rows of the page up to this one."""
        ...

    async def shown(self, page: str, /) -> Sequence[Shown]:
        """Return the page's messages by part."""
        ...

    async def known(self, place: str, /) -> Sequence[str]:
        """Return the ids of the messages in a place that belong to a page."""
        ...

    async def put(self, shown: Shown, /) -> None:
        """Insert or replace one message of a page."""
        ...

    async def remove(self, page: str, part: int, /) -> None:
        """Forget one message of a page."""
        ...

    async def thread_opened(self, session: SessionId, thread: str, /) -> None:
        """Bind the session to its thread."""
        ...

    async def thread_lost(self, session: SessionId, /) -> None:
        """Give up the rows of a session that has no place left to stand in."""
        ...
