"""The Discord client: what it asks of Discord, how it starts, how it ends."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.workshop.workshop import Workshop
from cogs import phrases
from cogs.acting import Interaction, Refusal, invite_link
from cogs.drawing import NOBODY
from cogs.moderating import Moderating
from cogs.pacing import EditPace
from cogs.personal import Personal
from cogs.plotting import Plotting
from cogs.poems import Poems
from cogs.presets import Presets
from cogs.reading import Reading
from cogs.reception import Reception
from cogs.restarts import give, what_is_owed
from cogs.sender import DiscordSender
from cogs.stories import Stories
from cogs.typing import Typing
from cogs.views.presses import Press, submit
from cogs.writing import Writing

AUTHENTICATION_FAILED: Final = 4004
RETRY_AFTER: Final = 30.0
"""Seconds between two tries to reach Discord at the start."""
GRACE: Final = 5.0
"""Seconds that the deeds under way have when the bot ends."""

_log = logging.getLogger(__name__)


class StartFault(Exception):
    """Discord does not let the bot in; the text says in one line what to do."""


class WrongToken(StartFault):
    """Discord does not know the token."""


class IntentRefused(StartFault):
    """The portal does not allow the Message Content intent."""


@contextmanager
def in_terms_of_the_start() -> Iterator[None]:
    """Raise a StartFault for what discord.py raises when Discord turns the bot away."""
    try:
        yield
    except discord.LoginFailure as fault:
        raise WrongToken(phrases.UNKNOWN_TO_DISCORD) from fault
    except discord.PrivilegedIntentsRequired as fault:
        raise IntentRefused(phrases.INTENT_REFUSED) from fault
    except discord.ConnectionClosed as fault:
        if fault.code == AUTHENTICATION_FAILED:
            raise WrongToken(phrases.UNKNOWN_TO_DISCORD) from fault
        raise


class Tree(app_commands.CommandTree["ScriptoriumBot"]):
    """The slash commands; the boundary for what goes wrong before a deed begins."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Answer every error."""
        await interaction.client.reception.apologise(interaction, _cause(error))


class ScriptoriumBot(commands.Bot):
    """Scriptorium on Discord; it asks for no privileged intent unless people may write by typing."""

    def __init__(
        self,
        workshop: Workshop,
        *,
        role: str = "",
        message_content: bool = False,
        retry_after: float = RETRY_AFTER,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=message_content)
        intents.message_content = message_content
        self.pace = EditPace()
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody talks here
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=NOBODY,
            allowed_contexts=app_commands.AppCommandContext(guild=True),
            allowed_installs=app_commands.AppInstallationType(guild=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            http_trace=self.pace.trace(),
        )
        self.reception = Reception(workshop, role)
        self.sender = DiscordSender(self, self.pace)
        self._retry_after = retry_after
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def invite_link(self) -> str:
        """Where an administrator adds the bot to a server; known once it has logged in."""
        return invite_link(self.application_id or 0, reactions=self.intents.message_content)

    async def serve(self, token: str) -> None:
        """Stay connected until closed. Raises StartFault; everything else is waited for."""
        with in_terms_of_the_start():
            await self._log_in(token)
            await self.connect()

    async def setup_hook(self) -> None:
        """Build the cogs, listen to buttons of every age, register the commands."""
        for cog in (
            Stories(self.reception),
            Poems(self.reception),
            Plotting(self.reception),
            Writing(self.reception),
            Reading(self.reception),
            Presets(self.reception),
            Moderating(self.reception),
            Personal(self.reception),
        ):
            await self.add_cog(cog)
        if self.intents.message_content:
            await self.add_cog(Typing(self, self.reception))
        self.add_dynamic_items(Press)
        self.sender.admitted.set()
        if not await self._register():
            self._run(self._keep_registering())
        owed = await what_is_owed(self.reception.workshop.owing)
        self._run(give(self, self.reception.workshop.owing, owed))

    async def on_ready(self) -> None:
        """Say where to invite the bot."""
        _log.info("Connected as %s. Invite link: %s", self.user, self.invite_link)

    async def on_message(self, message: discord.Message, /) -> None:
        """Read no commands from messages: they are slash commands."""

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """Note that a story's thread is gone; one that was deleted meanwhile is found out by sending there."""
        await self.reception.workshop.desk.thread_deleted(str(payload.guild_id), str(payload.thread_id))

    async def on_interaction(self, interaction: Interaction) -> None:
        """Take in forms; commands and buttons have found their way already."""
        await submit(self, interaction)

    async def close(self) -> None:
        """Let the deeds under way end, then leave."""
        for errand in self._errands:
            errand.cancel()
        await asyncio.wait({asyncio.ensure_future(self.reception.settle())}, timeout=GRACE)
        await super().close()

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _log_in(self, token: str) -> None:
        while not self.is_closed():
            try:
                return await self.login(token)
            except discord.LoginFailure:
                raise
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
                _log.warning("Discord does not answer; trying again in %.0f s: %r", self._retry_after, fault)
            await self.http.close()
            self.http.connector = discord.utils.MISSING
            await asyncio.sleep(self._retry_after)
        return None

    async def _register(self) -> bool:
        try:
            await self.tree.sync()
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
            _log.warning("the commands are not registered yet: %r", fault)
            return False
        return True

    async def _keep_registering(self) -> None:
        registered = False
        while not registered:
            await asyncio.sleep(self._retry_after)
            registered = await self._register()


def _cause(error: Any) -> BaseException:
    if isinstance(error, (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch)):
        return Refusal(phrases.COMMAND_CHANGED)
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error
