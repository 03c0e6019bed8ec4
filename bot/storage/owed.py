"""Answers that people were told to wait for."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select

from bot.storage.link import Link
from bot.storage.schema import owed as answers
from bot.workshop.people_records import Owed


class StoredOwed:
    """One row an interaction that Discord was told to wait for."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, owed: Owed) -> None:
        """Note an answer that is owed."""
        values = asdict(owed)
        await self._link.upsert(answers, {"call": values.pop("call")}, values)

    async def given(self, call: str) -> None:
        """Forget one that was given, with its token."""
        await self._link.run(delete(answers).where(answers.c.call == call))

    async def forget(self, before: datetime) -> None:
        """Drop those that nobody takes any more."""
        await self._link.run(delete(answers).where(answers.c.since < before))

    async def all(self) -> Sequence[Owed]:
        """Return those that are owed still, the oldest first."""
        return [Owed(**row) for row in await self._link.all(select(answers).order_by(answers.c.since))]
