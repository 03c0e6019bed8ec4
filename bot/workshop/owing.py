"""Answers that people were told to wait for: noted while they wait, so that a restart can still give them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.workshop.acts import Deeds
from bot.workshop.errors import StoreError
from bot.workshop.notices import Notice
from bot.workshop.people_records import Owed

ANSWERABLE: Final = timedelta(minutes=15)
"""How long the far side takes an answer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """An answer that an earlier run owes; ``notice`` is None where the deed was not done."""

    owed: Owed
    notice: Notice | None


@dataclass(slots=True)
class Owing:
    """The book of owed answers. Keeping it is best effort: it never stands in a deed's way."""

    deeds: Deeds

    async def owe(self, call: str, token: str) -> None:
        """Note that somebody waits."""
        try:
            async with self.deeds.ledger.writing() as tx:
                await tx.owed.add(Owed(call, token, self.deeds.now()))
        except StoreError as fault:
            log.info("that an answer is owed could not be noted: %s", type(fault).__name__)

    async def given(self, call: str) -> None:
        """Note that nobody waits any more, and forget the token."""
        try:
            async with self.deeds.ledger.writing(patient=True) as tx:
                await tx.owed.given(call)
        except StoreError as fault:
            log.info("that an answer was given could not be noted: %s", type(fault).__name__)

    async def outstanding(self) -> Sequence[Outstanding]:
        """Return what earlier runs owe and can still give, with what the deeds answered. Raises StoreError."""
        since = self.deeds.now() - ANSWERABLE
        async with self.deeds.ledger.writing(patient=True) as tx:
            await tx.owed.forget(since)
        async with self.deeds.ledger.reading() as tx:
            return [Outstanding(owed, await tx.receipts.find(owed.call)) for owed in await tx.owed.all()]
