"""Hints: what stands below a person's typed message for a while. Each is a page without a look, so delivery takes it away."""

import logging
from dataclasses import dataclass
from typing import Final

from bot.story.manuscript import SessionId
from bot.workshop.acts import Act, Deeds
from bot.workshop.errors import StoreError
from bot.workshop.ports import Transaction
from bot.workshop.records import Shown

KIND: Final = "hint"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Hints:
    """The book of hints that stand. Keeping it is best effort: a hint that is not noted is its sender's to delete."""

    deeds: Deeds

    async def note(self, act: Act, message: str) -> str | None:
        """Note a hint in a story's thread, so that it goes after a restart too; return its page, None without one."""
        try:
            async with self.deeds.ledger.writing(patient=True) as tx:
                session = await tx.sessions.at(act.guild, act.channel)
                if session is None:
                    return None
                page = f"{KIND}:{session.id}/{message}"
                await tx.outbox.put(Shown(page, 0, act.channel, message, "", self.deeds.now()))
                return page
        except StoreError as fault:
            log.info("a hint could not be noted: %s", type(fault).__name__)
            return None

    async def withdraw(self, page: str) -> None:
        """Let delivery take a hint away. Where that cannot be noted, the next start does it."""
        try:
            async with self.deeds.ledger.writing(patient=True) as tx:
                session = await _take_away(tx, page)
        except StoreError as fault:
            log.info("a hint stands on: %s", type(fault).__name__)
        else:
            self.deeds.courier.collect(session)

    async def clear(self) -> None:
        """Let delivery take away all that an earlier run left. Raises StoreError."""
        async with self.deeds.ledger.writing() as tx:
            sessions = {await _take_away(tx, page) for page in await tx.outbox.standing(KIND)}
        for session in sessions:
            self.deeds.courier.collect(session)


async def _take_away(tx: Transaction, page: str) -> SessionId:
    session = SessionId(int(page.partition(":")[2].partition("/")[0]))
    await tx.outbox.add(session, page)
    return session
