"""The stage: the real `python -m bot` in a folder of its own, on a loopback Discord, with people to act on it."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = os.environ.get("FAKECORD", "")
RINGS = "What comes next?"


@dataclass
class Stage:
    """A server with one channel, the bot on it, and its database to look into."""

    world: Any
    folder: Path
    guild: Any
    channel: Any
    moderators: Any
    env: dict[str, str] = field(default_factory=dict)

    def join(self, name: str, *, moderator: bool = False) -> Any:
        person = self.world.user(name)
        return self.guild.join(person, *([self.moderators] if moderator else []))

    async def start(self, **env: str) -> float:
        """Start the bot, with settings such as ``SCRIPTORIUM_MODEL__URL``."""
        self.env = {"PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "default", **env}
        return await self.world.start(
            ["-m", "bot"], cwd=self.folder, python=sys.executable, env=self.env, timeout=60
        )

    @property
    def database(self) -> Path:
        return self.folder / "data" / "scriptorium.db"

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read from the bot's database, beside the bot."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as store:
            return store.execute(sql, values).fetchall()

    def count(self, table: str, where: str = "1") -> int:
        return self.rows(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]

    async def until(self, seen: Any, timeout: float = 60, what: str = "a state") -> Any:
        """Wait until ``seen()`` is truthy, and return it."""
        return await self.world.wait_for(seen, timeout, what)

    async def shown(self, timeout: float = 300) -> None:
        """Wait until the model has nothing to write and nothing waits to be shown."""
        async with asyncio.timeout(timeout):
            while self.count("outbox") or self.count("jobs", "state = 'running'"):
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.3)

    async def story(self, by: Any, channel: Any = None, **options: Any) -> Any:
        """Start a story and return its thread."""
        before = {thread.id for thread in (channel or self.channel).threads}
        await by.slash(channel or self.channel, "story start", **options)
        await self.shown()
        [thread] = [one for one in (channel or self.channel).threads if one.id not in before]
        return thread

    def messages(self, place: Any) -> list[Any]:
        """Return what the bot says in a channel or thread, oldest first, without what only one person sees."""
        return [message for message in self.world.bot_messages(place) if not message.ephemeral]

    def session(self, thread: Any) -> int:
        return self.rows("SELECT id FROM sessions WHERE thread = ?", thread.id)[0][0]

    def told(self, thread: Any) -> list[str]:
        """Return the story from the store, root first."""
        return [
            text
            for (text,) in self.rows(
                """WITH RECURSIVE branch(id, parent, text) AS (
                     SELECT p.id, p.parent, p.text FROM passages p JOIN sessions s ON s.head = p.id
                      WHERE s.thread = ?
                     UNION ALL SELECT p.id, p.parent, p.text FROM passages p JOIN branch b ON p.id = b.parent)
                   SELECT text FROM branch ORDER BY id""",
                thread.id,
            )
        ]

    def rung(self) -> list[str]:
        """Return the texts that pinged somebody, or rang phones without being a ballot's opening."""
        return [
            message.text
            for message in self.world.bot_messages()
            if message.pings or message.notified or self._loud(message)
        ]

    def _loud(self, message: Any) -> bool:
        silent = message.d["flags"] & 1 << 12 or message.ephemeral
        return not silent and RINGS not in message.history[0][2]


def faults(stage: Stage) -> list[str]:
    """Compare the store with Discord: what is missing there, stands twice, or belongs to nobody."""
    shown = stage.rows("SELECT page, part, place, message, gone FROM shown")
    owned = {message for *_, message, _ in shown}
    standing = {message.id: message for message in stage.world.bot_messages() if not message.ephemeral}
    found = [f"nobody's: {standing[one].text!r}" for one in standing.keys() - owned]
    found += [f"in doubt: {page}" for page, _, _, message, gone in shown if not message and not gone]
    found += [
        f"gone from Discord: {page}"
        for page, *_, message, gone in shown
        if message not in standing and not gone
    ]
    found += [f"still waits: {page}" for (page,) in stage.rows("SELECT page FROM outbox")]
    found += [f"never shown: {page}" for page in _due(stage) - {page for page, *_ in shown}]
    return found + _untold(stage, shown, standing)


def _due(stage: Stage) -> set[str]:
    cards = {
        f"{page}:{one}" for (one,) in stage.rows("SELECT id FROM sessions") for page in ("card", "opening")
    }
    ballots = {f"ballot:{one}" for (one,) in stage.rows("SELECT id FROM ballots WHERE opened IS NOT NULL")}
    passages = {page for (page,) in stage.rows("SELECT page FROM passages WHERE page IS NOT NULL")}
    return cards | ballots | passages


def _untold(stage: Stage, shown: list[Any], standing: dict[str, Any]) -> list[str]:
    texts: dict[str, str] = {}
    for page, _, _, message, _ in sorted(shown, key=lambda row: row[:2]):
        texts[page] = texts.get(page, "") + (standing[message].text if message in standing else "")
    passages = stage.rows("SELECT text, page FROM passages WHERE page IS NOT NULL")
    return [
        f"not told: {text!r}" for text, page in passages if letters(text) not in letters(texts.get(page, ""))
    ]


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@asynccontextmanager
async def open_stage(folder: Path, **options: Any) -> AsyncGenerator[Stage, None]:
    """Set the stage; ``options`` are the loopback Discord's."""
    sys.path.insert(0, FOLDER)
    try:
        from driver import World
    finally:
        sys.path.remove(FOLDER)
    shutil.copy(PROJECT / "config.toml", folder)
    async with World(**options) as world:
        guild = world.guild("Writers")
        yield Stage(world, folder, guild, guild.text("general"), guild.role("mod", "manage_guild"))
