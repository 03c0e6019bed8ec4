"""What happened: events of sessions, and the audit of a guild."""

from collections.abc import Mapping
from datetime import datetime

from pydantic_core import to_jsonable_python
from sqlalchemy import select

from bot.storage.guilds import meet
from bot.storage.link import Link
from bot.storage.schema import audit, events
from bot.story.manuscript import SessionId
from bot.story.people import Member
from bot.workshop.records import Event


class StoredDiary:
    """Events and audit entries; their facts are kept as JSON, so a datetime comes back as text."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def record(
        self, session: SessionId, kind: str, actor: Member, at: datetime, facts: Mapping[str, object]
    ) -> int:
        """Write an event down and return its number."""
        return await self._link.insert(
            events,
            session=session,
            kind=kind,
            actor=actor.id,
            actor_name=actor.name,
            at=at,
            facts=to_jsonable_python(facts),
        )

    async def event(self, event: int) -> Event | None:
        """Return the event of that number."""
        row = await self._link.first(select(events).where(events.c.id == event))
        return None if row is None else Event(**row)

    async def audit(
        self, guild: str, kind: str, actor: Member, at: datetime, facts: Mapping[str, object]
    ) -> None:
        """Write down who changed what in a guild."""
        await meet(self._link, guild, at)
        await self._link.insert(
            audit,
            guild=guild,
            kind=kind,
            actor=actor.id,
            actor_name=actor.name,
            at=at,
            facts=to_jsonable_python(facts),
        )
