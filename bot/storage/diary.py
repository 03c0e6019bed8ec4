"""What happened: events of sessions, and the audit of a guild."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic_core import to_jsonable_python
from sqlalchemy import func, select

from bot.storage.guilds import meet
from bot.storage.link import Link
from bot.storage.schema import audit, events
from bot.story.manuscript import SessionId
from bot.story.people import Member
from bot.workshop.records import AuditEntry, Event


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

    async def audited(self, guild: str, offset: int, limit: int) -> tuple[Sequence[AuditEntry], int]:
        """Return a guild's audit entries, the latest first, and how many there are in all."""
        mine = audit.c.guild == guild
        known = [column for column in audit.c if column.name != "guild"]
        chosen = select(*known).where(mine).order_by(audit.c.id.desc()).offset(offset).limit(limit)
        total = await self._link.value(select(func.count()).select_from(audit).where(mine))
        return [AuditEntry(**row) for row in await self._link.all(chosen)], total

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
