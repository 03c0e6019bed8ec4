"""The stage of the deaths: the real bot in a follower's hands, to be told where it stops, killed and restarted."""

import asyncio
import json
import logging
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .small_model import SmallModel

PROJECT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(__file__).with_name("crash_launcher.py")
FAST = (200, 1.0)
RATES = dict.fromkeys(("msg_create", "msg_edit", "thread_create", "wh_create", "wh_edit", "cmd_write"), FAST)
SETTLING = 12.0
PACE = 0.012
WAITING = """SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM jobs WHERE state = 'running')
    + (SELECT count(*) FROM shown WHERE message IS NULL AND NOT gone)"""
BRANCH = """WITH RECURSIVE branch (id, up) AS (
        SELECT head, 0 FROM sessions WHERE id = ?
        UNION ALL SELECT parent, up + 1 FROM passages JOIN branch USING (id) WHERE parent IS NOT NULL)
    SELECT passages.page, passages.text, passages.origin FROM branch JOIN passages USING (id)
    ORDER BY up DESC"""


class CrashStage:
    """One server on a loopback Discord, its people, and the bot whose code stands in ``root``."""

    def __init__(self, world: Any, model: SmallModel, folder: Path, root: Path) -> None:
        self.world, self.model, self.folder, self.root = world, model, folder, root
        guild = world.guild("Writers")
        self.channel = guild.text("stories")
        self.join = lambda name: guild.join(world.user(name))
        self.ann, self.ben = guild.join(world.user("Ann")), guild.join(world.user("Ben"))
        self.moderator = guild.join(world.user("Mo"), guild.role("mod", "manage_guild", "manage_messages"))
        shutil.copy(PROJECT / "config.toml", folder)
        (folder / "room").mkdir()

    # ---- the process

    async def start(self) -> None:
        """Start the bot; what the dead one left is then taken up."""
        self.world.log.clear()
        await self.world.start(
            [str(LAUNCHER)],
            cwd=self.folder,
            python=sys.executable,
            env={
                "PYTHONPATH": str(self.root),
                "CRASH_ROOT": str(self.root),
                "CRASH_ROOM": str(self.folder / "room"),
                "SCRIPTORIUM_MODEL__URL": self.model.url,
            },
        )

    async def follow(self, orders: dict[str, object] | None) -> None:
        """Let the next interaction be recorded, or stopped at a place."""
        for name in ("armed", "stopped", "trace"):
            (self.folder / "room" / name).unlink(missing_ok=True)
        (self.folder / "room" / "orders").write_text(json.dumps(orders))
        self.world.proc.send_signal(signal.SIGUSR1)
        await self._told("armed")

    async def recorded(self) -> Any:
        """End the following and return what was seen."""
        self.world.proc.send_signal(signal.SIGUSR2)
        await self._told("trace")
        return json.loads((self.folder / "room" / "trace").read_text())

    def stopped(self) -> bool:
        return (self.folder / "room" / "stopped").exists()

    async def kill(self) -> None:
        """Kill the stopped bot from outside; Discord forgets the nonces before it comes back."""
        await self.world.stop_bot(kill=True)
        self.world.fc._nonces.clear()

    async def _told(self, name: str) -> None:
        async with asyncio.timeout(10):
            while not (self.folder / "room" / name).exists():
                await asyncio.sleep(0.005)

    # ---- the store, seen from outside

    def rows(self, question: str, *values: object) -> Sequence[tuple[Any, ...]]:
        path = self.folder / "data" / "scriptorium.db"
        store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return store.execute(question, values).fetchall()
        finally:
            store.close()

    def row(self, question: str, *values: object) -> tuple[Any, ...] | None:
        return next(iter(self.rows(question, *values)), None)

    def value(self, question: str, *values: object) -> Any:
        return self.rows(question, *values)[0][0]

    def branch(self, session: int) -> Sequence[tuple[str | None, str, str]]:
        """Return page, text and origin of the passages from the root to the head."""
        return self.rows(BRANCH, session)

    def messages(self, place: Any) -> list[Any]:
        """Return what the bot says to everybody in a channel or thread, oldest first."""
        return [each for each in self.world.bot_messages(place) if not each.ephemeral]

    def delete_thread(self, thread: Any) -> None:
        """Let a moderator delete a thread long after, when Discord has forgotten the nonces; the bot hears of it."""
        self.world.fc._nonces.clear()
        told = self.world.fc.chan_json(thread.d)
        del self.world.fc.channels[thread.id]
        heard = {name: told[name] for name in ("id", "guild_id", "parent_id", "type")}
        self.world.fc.dispatch("THREAD_DELETE", heard, gid=told["guild_id"])

    def channel_of(self, place: str) -> Any:
        return type(self.channel)(self.world, place)

    def waiting(self) -> Sequence[tuple[Any, ...]]:
        """Return the pages and the jobs that are not done with."""
        return self.rows("SELECT page FROM outbox UNION ALL SELECT id FROM jobs WHERE state = 'running'")

    async def settled(self) -> None:
        """Wait until no job runs, nothing waits to be shown and no post is in doubt."""
        async with asyncio.timeout(SETTLING):
            quiet = 0
            while quiet < 2:
                quiet = quiet + 1 if self.value(WAITING) == 0 else 0
                await asyncio.sleep(0.02)


@asynccontextmanager
async def crash_stage(folder: Path, root: Path = PROJECT) -> AsyncGenerator[CrashStage, None]:
    """Open a stage; FAKECORD names the folder of the loopback Discord."""
    sys.path.insert(0, os.environ["FAKECORD"])
    from driver import World

    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a killed client leaves in mid-sentence
    async with (
        World(rates=RATES, global_rate=10_000) as world,
        SmallModel(words=20).opened() as model,
    ):
        yield CrashStage(world, model, folder, root)
