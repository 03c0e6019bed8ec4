"""Who takes part in which session."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from bot.storage.link import Link
from bot.storage.schema import participants
from bot.story.manuscript import SessionId
from bot.story.people import Member, Participant


class StoredPeople:
    """Participants, by the name they last bore."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def touch(self, session: SessionId, member: Member, at: datetime) -> None:
        """Note that the member took part just now."""
        who = {"session": session, "member": member.id}
        await self._link.upsert(participants, who, {"name": member.name, "last_active": at})

    async def of(self, session: SessionId) -> Sequence[Participant]:
        """Return the session's participants, the latest active first."""
        known = participants.c.member, participants.c.name, participants.c.last_active
        chosen = select(*known).where(participants.c.session == session)
        latest = participants.c.last_active.desc(), participants.c.member
        return [Participant(**row) for row in await self._link.all(chosen.order_by(*latest))]
