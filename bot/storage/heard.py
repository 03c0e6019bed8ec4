"""How far the typed messages of sessions' threads were taken in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.storage.link import Link
from bot.storage.schema import heard, sessions, settings
from bot.storage.sessions import StoredSessions
from bot.story.house_rules import ON
from bot.story.manuscript import Session, SessionId, SessionState


class StoredHeard:
    """One mark a session, which only moves on."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def note(self, session: SessionId, message: int) -> None:
        """Move the mark on to a message; it never moves back."""
        mark = await self._link.value(select(heard.c.message).where(heard.c.session == session))
        if mark is None:
            await self._link.run(insert(heard).values(session=session, message=message))
        elif mark < message:
            await self._link.run(update(heard).where(heard.c.session == session).values(message=message))

    async def typing_since(self, guild: str) -> datetime | None:
        """Return when the guild's moderators let typing count as writing; None where it does not."""
        mine = settings.c.guild == guild, settings.c.name == "typing"
        row = await self._link.first(select(settings.c.value, settings.c.changed).where(*mine))
        return row["changed"] if row and row["value"] == ON else None

    async def sessions(self, guild: str, limit: int = 50) -> Sequence[tuple[Session, int | None]]:
        """Return the guild's unfinished sessions that have a thread, the latest touched, each with its mark."""
        open_ = (sessions.c.state != SessionState.FINISHED) & sessions.c.thread.is_not(None)
        chosen = select(sessions.c.id, heard.c.message).join_from(sessions, heard, isouter=True)
        mine = chosen.where(sessions.c.guild == guild, open_).order_by(sessions.c.touched.desc())
        rows = await self._link.all(mine.limit(limit))
        stored = StoredSessions(self._link)
        return [(await stored.by_id(row["id"]), row["message"]) for row in rows]
