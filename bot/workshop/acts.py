"""Who does something, where, and how a deed becomes one durable transaction."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from bot.story.manuscript import Session, SessionId, SessionState
from bot.story.people import Member
from bot.story.text import clean, is_blank
from bot.workshop.errors import EmptyText, NoSessionHere, NoSuchSession, SessionOver, TextTooLong
from bot.workshop.notices import Notice
from bot.workshop.ports import Courier, Ledger, Transaction
from bot.workshop.refusals import Blocked

N = TypeVar("N", bound=Notice)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, where, and by which interaction: its id makes the deed happen once.

    ``session`` is set by buttons that carry a session's number; the channel is not consulted then.
    """

    by: Member
    guild: str
    channel: str
    call: str | None = None
    session: SessionId | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what people may bring, and how long they have for it."""

    passage_characters: int = 12_000
    ballot_open: timedelta = timedelta(minutes=10)
    prompt_tokens: int = 0
    """Most tokens of a prompt; 0 takes what the model's context allows."""


@dataclass(slots=True)
class Deeds:
    """Carries out deeds: each once, in one transaction, to its end even when its caller is cancelled."""

    ledger: Ledger
    courier: Courier
    now: Callable[[], datetime]
    chance: random.Random
    limits: Limits
    _running: set[asyncio.Task[Any]] = field(default_factory=lambda: set[asyncio.Task[Any]]())

    async def once(
        self,
        act: Act,
        work: Callable[[Transaction], Awaitable[N]],
        then: Callable[[N], None] | None = None,
        *,
        anybody: bool = False,
    ) -> N:
        """Do ``work`` and keep its answer by the interaction's id; a repeated call gets the kept answer.

        ``then`` runs after the commit, of the first call only. ``anybody`` lets in who is blocked in the
        guild too, for what concerns their own data. Raises what ``work`` raises, with nothing changed,
        Blocked, and StoreError.
        """
        task = asyncio.create_task(self._once(act, work, then, anybody))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _once(
        self,
        act: Act,
        work: Callable[[Transaction], Awaitable[N]],
        then: Callable[[N], None] | None,
        anybody: bool,
    ) -> N:
        async with self.ledger.writing() as tx:
            if act.call and (kept := await tx.receipts.find(act.call)):
                return cast(N, kept)
            if not anybody:
                await _must_be_welcome(tx, act)
            notice = await work(tx)
            if act.call:
                await tx.receipts.keep(act.call, notice, self.now())
        if then:
            then(notice)
        if notice.session:
            self.courier.collect(SessionId(notice.session))
        return notice

    async def settle(self) -> None:
        """Wait for the deeds under way, at the end of the house."""
        while self._running:
            await asyncio.wait(self._running)

    def text(self, raw: str) -> str:
        """Return a person's text, cleaned. Raises EmptyText, TextTooLong."""
        if len(raw) > self.limits.passage_characters:
            raise TextTooLong(text=raw, limit=self.limits.passage_characters)
        text = clean(raw)
        if is_blank(text):
            raise EmptyText
        return text


async def _must_be_welcome(tx: Transaction, act: Act) -> None:
    if not act.by.moderator and await tx.blocks.has(act.guild, act.by.id):
        raise Blocked


async def session_of(tx: Transaction, act: Act) -> Session:
    """Return the session that an act is about. Raises NoSessionHere, NoSuchSession."""
    if act.session is not None:
        found = await tx.sessions.get(act.guild, act.session)
        if found is None:
            raise NoSuchSession(number=act.session)
        return found
    found = await tx.sessions.at(act.guild, act.channel)
    if found is None:
        raise NoSessionHere
    return found


async def open_session_of(tx: Transaction, act: Act) -> Session:
    """Return the session that an act is about, if it can still change. Raises SessionOver too."""
    session = await session_of(tx, act)
    if session.state is SessionState.FINISHED:
        raise SessionOver(title=session.title)
    return session
