"""Files that may still hold what was deleted from the store."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from bot.storage.link import Link
from bot.storage.schema import sweeps
from bot.workshop.people_records import Sweep


class StoredSweeps:
    """Sweeps that were asked for and are not done."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, word: str, at: datetime) -> None:
        """Ask for the files to be swept of what was deleted with this word."""
        await self._link.insert(sweeps, word=word, asked=at)

    async def waiting(self) -> Sequence[Sweep]:
        """Return the sweeps that are not done, the oldest first."""
        rows = await self._link.all(select(sweeps.c.id, sweeps.c.word).order_by(sweeps.c.id))
        return [Sweep(**row) for row in rows]

    async def unname(self, sweep: int) -> None:
        """Note that no copy holds the word of this sweep any more, and forget it."""
        await self._link.run(update(sweeps).where(sweeps.c.id == sweep).values(word=""))

    async def done(self, sweep: int) -> None:
        """Note that a sweep is done."""
        await self._link.run(delete(sweeps).where(sweeps.c.id == sweep))
