"""Writing by typing in a story's thread: messages come in as they are sent, and after an absence from the history."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import aiohttp
import discord
from discord.ext import commands

from bot import wording
from bot.workshop.acts import Act
from bot.workshop.errors import StoreError, WorkshopError
from bot.workshop.hearing import Unheard
from bot.workshop.notices import ProposalAdded
from cogs.acting import somebody
from cogs.drawing import NOBODY
from cogs.escaping import safe
from cogs.reception import Reception

TAKEN: Final = "✅"
HINT_SECONDS: Final = 30.0
"""How long a hint stands in the thread before it is taken away."""
LOOKED_BACK: Final = 200
"""Most messages of a thread that are made up for after an absence."""
_KINDS: Final = (discord.MessageType.default, discord.MessageType.reply)

R = TypeVar("R")

_log = logging.getLogger(__name__)


class Typing(commands.Cog):
    """Hands typed messages over, those of one thread in their order, and marks what was taken in."""

    def __init__(self, client: commands.Bot, reception: Reception) -> None:
        self.client, self.reception = client, reception
        self.hearing, self.hints = reception.workshop.hearing, reception.workshop.hints
        self._standing: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def cog_unload(self) -> None:
        """Leave the hints that stand to the next start."""
        for hint in self._standing:
            hint.cancel()

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Take in a message."""
        if self._may_be_writing(message):
            async with self._turn(message.channel.id):
                await self.take(message)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Make up for what was typed while nobody listened."""
        for guild in self.client.guilds:
            try:
                for unheard in await self.hearing.unheard(str(guild.id)):
                    await self._make_up(guild, unheard)
            except StoreError as fault:
                _log.warning("typed messages wait for the store: %s", type(fault).__name__)

    async def take(self, message: discord.Message, guild: discord.Guild | None = None) -> None:
        """Add what a message says to its story, if it is meant for it, and tell its writer."""
        place = message.guild or guild
        if place is None:
            return
        by = somebody(message.author, self.reception.role)
        act = Act(by=by, guild=str(place.id), channel=str(message.channel.id))
        try:
            notice = await self.hearing.hear(act, message.id, message.clean_content)
        except WorkshopError as fault:
            await self._hint(act, message, wording.reason(fault))
            return
        if notice is not None:
            await _best_effort(message.add_reaction(TAKEN))
        if isinstance(notice, ProposalAdded):
            await self._hint(act, message, wording.say(notice))

    async def _hint(self, act: Act, message: discord.Message, text: str) -> None:
        """Say something below the message, silently, for a while; it needs no permission beyond sending."""
        reply = message.reply(
            safe(text), silent=True, mention_author=False, allowed_mentions=NOBODY, suppress_embeds=True
        )
        hint = await _best_effort(reply)
        if hint is not None:
            standing = asyncio.create_task(self._outstay(hint, await self.hints.note(act, str(hint.id))))
            self._standing.add(standing)
            standing.add_done_callback(self._standing.discard)

    async def _outstay(self, hint: discord.Message, page: str | None) -> None:
        await asyncio.sleep(HINT_SECONDS)
        if page is None:
            await _best_effort(hint.delete())
        else:
            await self.hints.withdraw(page)

    async def _make_up(self, guild: discord.Guild, unheard: Unheard) -> None:
        thread = int(unheard.thread)
        after = max(unheard.after or thread, discord.utils.time_snowflake(unheard.since))
        channel = self.client.get_partial_messageable(thread, guild_id=guild.id)
        async with self._turn(thread):
            try:
                missed = channel.history(limit=LOOKED_BACK, after=discord.Object(after), oldest_first=True)
                async for message in missed:
                    if self._may_be_writing(message):
                        await self.take(message, guild)
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
                _log.warning("what was typed in thread %s is not made up for: %r", thread, fault)

    def _may_be_writing(self, message: discord.Message) -> bool:
        person = not message.author.bot and message.webhook_id is None and message.type in _KINDS
        return person and bool(message.content) and self._may_be_a_story(message.channel)

    def _may_be_a_story(self, channel: Any) -> bool:
        """Spare the store a look for what cannot be a story's thread: those are the bot's own."""
        if isinstance(channel, discord.Thread):
            return self.client.user is not None and channel.owner_id == self.client.user.id
        return isinstance(channel, discord.PartialMessageable)

    def _turn(self, thread: int) -> asyncio.Lock:
        """Return what lets one message of a thread in after another."""
        return self._turns.setdefault(thread, asyncio.Lock())


async def _best_effort(request: Awaitable[R]) -> R | None:
    try:
        return await request
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError):
        return None
