"""What people type in a story's thread, where their server lets that count as writing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.story.manuscript import SessionId, SessionState
from bot.story.typing import is_chat, is_command
from bot.workshop.acts import Act, Deeds
from bot.workshop.errors import CommandTyped, StoreError, WorkshopError
from bot.workshop.notices import PassageAdded, ProposalAdded
from bot.workshop.writing import Writing


@dataclass(frozen=True, slots=True)
class Unheard:
    """A thread in which something may have been typed: after message ``after``, and not before ``since``."""

    thread: str
    after: int | None
    since: datetime


@dataclass(slots=True)
class Hearing:
    """Where typed messages come in."""

    deeds: Deeds
    writing: Writing

    async def hear(self, act: Act, message: int, text: str) -> PassageAdded | ProposalAdded | None:
        """Take in a typed message, once whatever is repeated; None where it is no writing.

        It is where the server's setting, the thread and the text say so. Raises CommandTyped, and
        as ``Writing.write``.
        """
        session = await self._listening(act)
        if session is None:
            return None
        try:
            call = replace(act, call=f"m{message}")
            notice = None if is_chat(text) else await self._written(call, text)
        except StoreError:
            raise  # not taken in: it is heard again after the next connection
        except WorkshopError:
            await self._note(session, message)
            raise
        await self._note(session, message)
        return notice

    async def unheard(self, guild: str) -> Sequence[Unheard]:
        """Return the threads to look into after an absence; none where typing is no writing."""
        async with self.deeds.ledger.reading() as tx:
            since = await tx.heard.typing_since(guild)
            if since is None:
                return ()
            marks = await tx.heard.sessions(guild)
        return [Unheard(session.thread, mark, since) for session, mark in marks if session.thread]

    async def _written(self, call: Act, text: str) -> PassageAdded | ProposalAdded:
        if is_command(text):
            raise CommandTyped
        return await self.writing.write(call, text)

    async def _listening(self, act: Act) -> SessionId | None:
        async with self.deeds.ledger.reading() as tx:
            if await tx.heard.typing_since(act.guild) is None:
                return None
            session = await tx.sessions.at(act.guild, act.channel)
        return session.id if session and session.state is not SessionState.FINISHED else None

    async def _note(self, session: SessionId, message: int) -> None:
        async with self.deeds.ledger.writing(patient=True) as tx:
            await tx.heard.note(session, message)
