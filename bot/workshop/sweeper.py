"""The sweeper: it drops what is kept for a while only, and sees to it that deleted words leave the files too."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.workshop.errors import StoreError
from bot.workshop.owing import ANSWERABLE
from bot.workshop.ports import Ledger

RETRY_SECONDS: Final = 60.0
ROUND_SECONDS: Final = 3600.0
RECEIPTS_KEPT: Final = timedelta(days=2)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Sweeper:
    """Sweeps apart from the deeds; what is to be swept is durable, so nothing is forgotten half."""

    ledger: Ledger
    now: Callable[[], datetime]
    alarm: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Look for something to sweep."""
        self.alarm.set()

    async def run(self) -> None:
        """Sweep until cancelled, beginning with what an earlier run left."""
        while True:
            self.alarm.clear()
            pause = ROUND_SECONDS
            try:
                await self.drop_outdated()
                await self.sweep()
            except (StoreError, OSError) as fault:
                log.warning("what was deleted is not yet out of the files: %s", type(fault).__name__)
                pause = RETRY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self.alarm.wait()
            except TimeoutError:
                continue

    async def drop_outdated(self) -> None:
        """Drop what nobody can repeat or wait for any more. Raises StoreError."""
        async with self.ledger.writing(patient=True) as tx:
            await tx.receipts.forget(self.now() - RECEIPTS_KEPT)
            await tx.owed.forget(self.now() - ANSWERABLE)

    async def sweep(self) -> None:
        """Delete copies that hold what was deleted, then rewrite the file. Raises StoreError, OSError."""
        async with self.ledger.reading() as tx:
            waiting = await tx.sweeps.waiting()
        if not waiting:
            return
        for each in waiting:
            copies = await self.ledger.drop_copies(each.word) if each.word else 0
            async with self.ledger.writing(patient=True) as tx:
                await tx.sweeps.unname(each.id)
            log.info("sweep %s: %s copies of the store are deleted", each.id, copies)
        await self.ledger.rewrite()
        async with self.ledger.writing(patient=True) as tx:
            for each in waiting:
                await tx.sweeps.done(each.id)
