"""Interactions that were carried out, and what they answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import delete, select

from bot.storage.link import Link
from bot.storage.schema import receipts
from bot.workshop import notices, rulings
from bot.workshop.notices import Notice


def _adapters() -> Mapping[str, TypeAdapter[Any]]:
    known = [*vars(notices).values(), *vars(rulings).values()]
    kinds = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Notice)]
    return {kind.__name__: TypeAdapter(kind) for kind in kinds}


_ADAPTERS: Final = _adapters()


class StoredReceipts:
    """Notices by the interaction's id, each kept as the name of its class and its facts."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def find(self, call: str) -> Notice | None:
        """Return what the interaction answered, if it was carried out."""
        row = await self._link.first(
            select(receipts.c.notice, receipts.c.facts).where(receipts.c.call == call)
        )
        return None if row is None else _ADAPTERS[row["notice"]].validate_python(row["facts"])

    async def keep(self, call: str, notice: Notice, at: datetime) -> None:
        """Keep the answer; an interaction is carried out once, so a second receipt is a fault."""
        kind = type(notice).__name__
        facts = _ADAPTERS[kind].dump_python(notice, mode="json")
        await self._link.insert(receipts, call=call, notice=kind, facts=facts, at=at)

    async def forget(self, before: datetime) -> None:
        """Drop the receipts that are older than anybody can repeat."""
        await self._link.run(delete(receipts).where(receipts.c.at < before))
