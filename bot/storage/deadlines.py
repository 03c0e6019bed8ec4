"""Moments at which the keeper looks at a ballot again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select

from bot.storage.link import Link
from bot.storage.schema import deadlines
from bot.story.manuscript import BallotId


class StoredDeadlines:
    """One deadline a ballot at most."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def set(self, ballot: BallotId, due: datetime) -> None:
        """Set or move the ballot's deadline."""
        await self._link.upsert(deadlines, {"ballot": ballot}, {"due": due})

    async def claim(self, now: datetime) -> Sequence[BallotId]:
        """Take out all that are due at ``now``, the earliest first."""
        due = deadlines.c.due <= now
        ballots = await self._link.values(
            select(deadlines.c.ballot).where(due).order_by(deadlines.c.due, deadlines.c.ballot)
        )
        await self._link.run(delete(deadlines).where(due))
        return ballots

    async def next(self) -> datetime | None:
        """Return the earliest moment that is due."""
        return await self._link.value(select(func.min(deadlines.c.due)))
