"""Lanes: the rows of one session strictly in order, and its live page in between."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic

from bot.delivery.desk import Desk
from bot.delivery.pace import Pace
from bot.delivery.places import THREAD_ROW, place_of
from bot.delivery.sender import DeliveryFault, Forbidden, PlaceGone, Refused, S, Sender
from bot.delivery.showing import Showing
from bot.delivery.threads import open_thread
from bot.story.manuscript import SessionId
from bot.workshop.records import OutboxRow, Shown

logger = logging.getLogger(__name__)


class Lane(Generic[S]):
    """Works for one session until nothing is left to show there."""

    def __init__(
        self,
        session: SessionId,
        desk: Desk,
        sender: Sender[S],
        showing: Showing[S],
        pace: Pace,
        jitter: Callable[[], float],
    ) -> None:
        self._session, self._desk, self._sender, self._showing = session, desk, sender, showing
        self._pace, self._jitter = pace, jitter
        self._collected = asyncio.Event()
        self._live: dict[str, None] = {}
        self._look: tuple[str, ...] = ()
        self._failures = 0
        self._told: tuple[type[Exception], int] | None = None

    def collect(self) -> None:
        """Look for rows again, at once where the lane waits for a permission or for a live page's pace."""
        self._collected.set()

    def refresh(self, page: str) -> None:
        """Edit a live page when its turn comes; any number of calls until then makes one edit."""
        self._live[page] = None

    async def run(self) -> None:
        """Show everything, and return at the moment when neither a row nor a live page is left.

        Faults are waited out here, and so are bugs and a store in trouble: this is the boundary that
        keeps one session's trouble from the others.
        """
        while True:
            try:
                if not await self._round():
                    return
            except Forbidden as fault:
                self._tell(fault, 0)
                await self._rest(self._pace.forbidden)
            except Exception as fault:  # noqa: BLE001 (the lane's boundary; logged and tried again)
                self._failures += 1
                self._tell(fault, self._pace.level(self._failures))
                await asyncio.sleep(self._pace.delay(self._failures, self._jitter()))
            else:
                self._failures, self._told = 0, None

    async def _round(self) -> bool:
        self._collected.clear()
        row = await self._desk.next(self._session)
        if row is not None:
            await self._carry(row)
        elif self._live:
            await self._freshen(self._live.popitem()[0])
        else:
            return self._collected.is_set()
        return True

    async def _carry(self, row: OutboxRow) -> None:
        self._look = ()
        try:
            shown = await self._show(row)
        except PlaceGone as fault:
            logger.warning("session %s lost its place at %s: %s", self._session, row.page, fault)
            await self._desk.thread_lost(self._session)
            return
        except Refused as fault:
            logger.error("%s was refused and is left out: %s", row.page, fault)
            shown = ()
        await self._desk.done(row, shown)

    async def _show(self, row: OutboxRow) -> Sequence[Shown]:
        if row.page.startswith(THREAD_ROW):
            await open_thread(self._desk, self._sender, self._session)
            return ()
        return await self._showing.show(await self._desk.page(row.page))

    async def _freshen(self, key: str) -> None:
        if not any(one.message for one in await self._desk.shown(key)):
            return
        page = await self._desk.page(key)
        look = (key, *(sheet.fingerprint for sheet in self._sender.draw(page)))
        if look == self._look:
            return
        try:
            await self._showing.show(page)
            self._look = look
        except DeliveryFault as fault:
            logger.debug("a live edit of %s is left to its last one: %r", key, fault)
        await self._rest(self._sender.pause(place_of(page)))

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._collected.wait(), seconds)

    def _tell(self, fault: Exception, level: int) -> None:
        if self._told == (type(fault), level):
            return
        self._told = (type(fault), level)
        bug = None if isinstance(fault, DeliveryFault) else fault
        logger.warning("session %s waits to be shown: %r", self._session, fault, exc_info=bug)
