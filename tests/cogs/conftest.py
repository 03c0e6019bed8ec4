"""Discord as simcord plays it, over a real workshop, store and delivery; only the model is scripted."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import pytest
import simcord
from support.house import House, ScriptedModel
from support.waiting import ENOUGH

from bot.delivery.courier import Delivery
from bot.story.people import Member
from bot.workshop.acts import Act
from cogs.client import ScriptoriumBot

SETTLED_WITHIN = 20.0
"""Seconds that a settlement may take; it waits for what sleeps for less, and not for what sleeps for longer."""


@dataclass
class CurrentSender:
    """The sender of whichever client the environment runs now, so that a client may restart."""

    env: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.env.bot.sender, name)


class Porter:
    """The workshop's courier: calls the delivery from a task of its own, which simcord does not wait for."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery, self.calls = delivery, asyncio.Queue()
        self.awake = asyncio.Event()
        self.awake.set()

    def collect(self, session: Any) -> None:
        self.calls.put_nowait((self.delivery.collect, session))

    def refresh(self, session: Any, page: str) -> None:
        self.calls.put_nowait((self.delivery.refresh, session, page))

    async def run(self) -> None:
        while True:
            call, *arguments = await self.calls.get()
            await self.awake.wait()
            call(*arguments)
            self.calls.task_done()


class ThinkingModel(ScriptedModel):
    """A scripted model at whose gate simcord does not wait either."""

    def __init__(self) -> None:
        super().__init__()
        self.env: Any = None
        self.opened = asyncio.Event()
        self.opened.set()

    async def stream(self, request: Any) -> Any:
        async for piece in super().stream(request):
            yield piece
            await self.env.external_wait(self.opened.wait(), reason="the model thinks")


@dataclass
class Server:
    """A server with a channel, two writers, a moderator, and the bot."""

    env: Any
    house: House
    delivery: Delivery
    porter: Porter
    guild: Any
    channel: Any
    ann: Any
    ben: Any
    mo: Any

    async def shown(self) -> None:
        """Wait until the model has nothing to write and everything stands on Discord."""
        await asyncio.wait_for(self._at_rest(), ENOUGH)
        await self.env.settle()

    async def _at_rest(self) -> None:
        async with self.house.ledger.reading() as tx:
            running = [job.id for job in await tx.jobs.running()]
        for job in running:
            await self.house.ended(job)
        await self.porter.calls.join()
        await self.delivery.quiet()

    async def start(self, **options: Any) -> Any:
        """Let Ann start a story and return its thread."""
        options.setdefault("premise", "A keeper finds a door in the sea.")
        await self.ann.slash(self.channel, "story start", **options)
        await self.shown()
        return self.channel.threads[-1]

    async def restart(self) -> None:
        """Put another client, which has sent nothing yet, in the place of the present one."""
        await self.env.restart_bot(client(self.house, self.env.bot.intents.message_content))

    async def history(self, thread: Any) -> Any:
        """Return the story as the store has it."""
        act = Act(Member("0", "nobody"), str(self.guild.id), str(thread.id))
        return await self.house.workshop.library.history(act)


def client(house: House, message_content: bool = False) -> ScriptoriumBot:
    """A bot that lets no deed take long unless a test takes its patience away."""
    bot = ScriptoriumBot(house.workshop, role="Editors", message_content=message_content)
    bot.reception.patience = ENOUGH
    return bot


@asynccontextmanager
async def serving(path, message_content=False):
    """Run the whole house on a simulated Discord."""
    house = House(path, model=ThinkingModel())
    delivery = Delivery(now=house.now)
    house.courier = porter = Porter(delivery)
    async with house.opened():
        house.workshop.desk.binder.scribe.tick = ENOUGH
        env = house.model.env = simcord.env.Env(client(house, message_content), settle_timeout=SETTLED_WITHIN)
        house.time = env.now()
        await env.start()
        carrying = asyncio.create_task(porter.run())
        try:
            async with delivery.open(house.workshop.desk, CurrentSender(env)):
                yield furnished(env, house, delivery, porter)
        finally:
            carrying.cancel()
            await env.shutdown()


def furnished(env, house, delivery, porter):
    guild = env.create_guild()
    channel = guild.create_text_channel("stories")
    moderators = guild.create_role("Mods", permissions=discord.Permissions(manage_guild=True))
    ann, ben = (guild.add_member(env.create_user(name)) for name in ("Ann", "Ben"))
    mo = guild.add_member(env.create_user("Mo"), roles=[moderators])
    return Server(env, house, delivery, porter, guild, channel, ann, ben, mo)


@pytest.fixture
async def server(tmp_path):
    async with serving(tmp_path / "story.db") as server:
        yield server


@pytest.fixture
async def typing(tmp_path):
    """A server in which people may write by typing."""
    async with serving(tmp_path / "story.db", message_content=True) as server:
        await server.mo.slash(server.channel, "settings set", key="typing", value="on")
        yield server
