"""The keeper of deadlines: looks at each ballot when its time has come, also after a restart."""

import asyncio
import logging
from dataclasses import dataclass

from bot.story.ballot import BallotState, Closing, next_look
from bot.story.manuscript import BallotId, SessionId
from bot.workshop.acts import Deeds
from bot.workshop.ballots import BallotBox
from bot.workshop.errors import StoreError
from bot.workshop.ports import Transaction

RETRY_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Keeper:
    """Closes and extends ballots in time."""

    deeds: Deeds
    box: BallotBox

    async def run(self) -> None:
        """Keep the deadlines until cancelled."""
        while True:
            self.box.alarm.clear()
            try:
                await self.look()
                pause = await self._until_next()
            except StoreError as fault:
                log.warning("deadlines wait for the store: %s", type(fault).__name__)
                pause = RETRY_SECONDS
            await _wait(self.box.alarm, pause)

    async def look(self) -> None:
        """Review every ballot that is due, in one transaction with the claim of its deadline."""
        touched: list[SessionId] = []
        async with self.deeds.ledger.writing() as tx:
            for ballot_id in await tx.deadlines.claim(self.deeds.now()):
                touched += await self._review(tx, ballot_id)
        for session in touched:
            self.deeds.courier.collect(session)

    async def _review(self, tx: Transaction, ballot_id: BallotId) -> list[SessionId]:
        ballot = await tx.ballots.get(ballot_id)
        if ballot is None or ballot.state is not BallotState.OPEN:
            return []
        session = await tx.sessions.by_id(ballot.session)
        step, again = await self.box.review(tx, session, ballot), next_look(ballot, self.deeds.now())
        if step is Closing.WAIT and again:
            await tx.deadlines.set(ballot.id, again)
        return [session.id]

    async def _until_next(self) -> float | None:
        async with self.deeds.ledger.reading() as tx:
            due = await tx.deadlines.next()
        return max(0.0, (due - self.deeds.now()).total_seconds()) if due else None


async def _wait(alarm: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await alarm.wait()
    except TimeoutError:
        return
