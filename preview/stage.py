"""The stage: the house as `python -m bot` builds it, with simcord in Discord's place."""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import discord
import simcord
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.builders import ChannelHandle
from simcord.preview import Preview

from bot.__main__ import build
from bot.model import Progress
from bot.operations.wiring import kept_running
from bot.settings import load_secrets, load_settings
from bot.workshop.notices import Notice
from cogs.acting import Interaction
from cogs.answers import Manner, Reply
from cogs.client import ScriptoriumBot
from cogs.reception import Reception

TICK: Final = 0.25
"""Seconds between two looks at whether something has happened."""
SHOWING: Final = 2.0
"""Seconds between two pages that an open preview gets: a click on a page that has changed is refused."""
SETTLING: Final = 20.0
"""Seconds that an answer may take before simcord gives it up."""

T = TypeVar("T")


class BackstageReception(Reception):
    """A reception whose deeds simcord does not count as the bot's.

    simcord waits after every click until all that the click began has ended; a model that goes on writing
    would keep it waiting. Outside of the click's context, it waits for the deed alone.
    """

    async def answer(
        self,
        interaction: Interaction,
        deed: Coroutine[Any, Any, Notice | Reply],
        *,
        text: str | None = None,
        manner: Manner = Manner.PRIVATELY,
    ) -> None:
        """Do the deed backstage, and answer."""
        task: asyncio.Task[Notice | Reply] = contextvars.Context().run(asyncio.create_task, deed)
        await super().answer(interaction, _ended(task), text=text, manner=manner)


@dataclass(frozen=True)
class Stage:
    """A server with a channel, two writers and a moderator, and the bot at work in it."""

    env: simcord.Env
    channel: ChannelHandle
    ann: MemberActor
    ben: MemberActor
    mo: MemberActor

    @property
    def everybody(self) -> list[MemberActor]:
        """Return all people: whoever looks at the preview may be any of them."""
        return [self.ann, self.ben, self.mo]

    @property
    def places(self) -> list[ChannelHandle]:
        """Return the channel and the threads in it."""
        return [self.channel, *self.channel.threads]

    async def until(self, look: Callable[[], T | None], seconds: float = 120) -> T:
        """Wait until ``look`` finds something, and return it. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while (found := look()) is None:
                await asyncio.sleep(TICK)
                await self.catch_up()
        return found

    async def catch_up(self) -> None:
        """Set simcord's clock, which stands still by itself, to the time of day."""
        await self.env.advance_time(max(0.0, (datetime.now(UTC) - self.env.now()).total_seconds()))


async def begin_a_story(stage: Stage) -> ChannelHandle:
    """Let Ann start a story, and return its thread."""
    await stage.ann.slash(
        stage.channel,
        "story start",
        title="The Door in the Sea",
        premise="A lighthouse keeper finds a door that stands upright in the swell, a hand's breadth open.",
    )
    thread = await stage.until(lambda: next(iter(stage.channel.threads), None))
    await stage.until(lambda: thread.last_message)
    return thread


def buttons(message: discord.Message | None) -> list[str | None]:
    """Return the labels of a message's buttons."""
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)] if message else []
    return [child.label for row in rows for child in row.children if isinstance(child, discord.Button)]


@asynccontextmanager
async def open_stage(
    folder: Path, environ: Mapping[str, str], watch: Callable[[Progress], None]
) -> AsyncGenerator[Stage, None]:
    """Run the bot on a simulated Discord; what is written there is kept in ``folder``."""
    settings = load_settings(None, {**environ, "SCRIPTORIUM_STORAGE__PATH": str(folder / "story.db")})
    async with build(settings, load_secrets(environ)) as house:
        bot = ScriptoriumBot(house.workshop, role=settings.discord.moderator_role)
        bot.reception = BackstageReception(house.workshop, settings.discord.moderator_role)
        async with (
            simcord.run(bot, settle_timeout=SETTLING, check_errors=False) as env,
            house.delivery.open(house.workshop.desk, bot.sender),
            kept_running(house.supervisor(watch)),
        ):
            stage = _furnished(env)
            await stage.catch_up()
            yield stage


async def keep_showing(stage: Stage, preview: Preview) -> None:
    """Let an open preview show what the bot does by itself, such as streaming a passage; ends when cancelled."""
    shown = len(stage.env.http_requests)
    while True:
        await asyncio.sleep(SHOWING)
        with contextlib.suppress(SetupError, TimeoutError):  # somebody clicks just now
            await stage.catch_up()
            if (requests := len(stage.env.http_requests)) != shown:
                await preview.refresh()
                shown = requests


async def _ended(task: "asyncio.Task[T]") -> T:
    return await asyncio.shield(task)


def _furnished(env: simcord.Env) -> Stage:
    env.backend.bot_user.name = "Scriptorium"
    guild = env.create_guild("The Writers' Room")
    channel = guild.create_text_channel("stories")
    moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    ann, ben = (guild.add_member(env.create_user(name)) for name in ("Ann", "Ben"))
    mo = guild.add_member(env.create_user("Mo"), roles=[moderators])
    return Stage(env, channel, ann, ben, mo)
