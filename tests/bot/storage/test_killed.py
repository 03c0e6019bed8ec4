"""A process that is killed while it writes leaves whole transactions, and every one that it told of."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from bot.storage import open_store

WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.storage import open_store
from bot.story.manuscript import AiMode, Origin
from bot.story.people import Member
from bot.story.presets import BUILT_IN
from bot.workshop.records import NewPassage, NewSession

async def main():
    ann, now = Member("1", "Ann"), lambda: datetime.now(UTC)
    async with open_store(Path(sys.argv[1]), busy_timeout=1, now=now) as ledger:
        async with ledger.writing() as tx:
            await tx.presets.ensure(BUILT_IN)
            new = NewSession("guild", "channel", "T", "story", "", BUILT_IN[0], AiMode.FULL, ann, now())
            session = await tx.sessions.add(new)
        while True:
            async with ledger.writing() as tx:
                new = NewPassage(session.id, None, "x" * 3000, Origin.HUMAN, ann.id, ann.name, now())
                passage = await tx.passages.add(new)
                await tx.diary.record(session.id, "wrote", ann, now(), {})
                await tx.sessions.move_head(session.id, passage.id, now())
            print(passage.id, flush=True)

asyncio.run(main())
"""


def write_and_die(path, seconds):
    """Let a process write, kill it, and return the last passage that it told of."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as writer:
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        return int((first + writer.stdout.read()).splitlines()[-1])


def counted(path):
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        return store.execute(
            "SELECT (SELECT count(*) FROM passages), (SELECT count(*) FROM events),"
            " (SELECT max(head) FROM sessions)"
        ).fetchone()


async def check(path, moment, seconds):
    told = write_and_die(path, seconds)
    passages, events, head = counted(path)
    assert passages == events == head >= told
    async with open_store(path, busy_timeout=0.1, now=lambda: moment) as ledger, ledger.reading() as tx:
        assert await tx.passages.branch(1, head)


@pytest.mark.parametrize("seconds", [0.0, 0.21])
async def test_killed_while_writing(path, moment, seconds):
    await check(path, moment, seconds)


@pytest.mark.slow
async def test_killed_at_many_moments(tmp_path, moment):
    draw = random.Random(2)
    for number in range(40):
        await check(tmp_path / f"{number}.sqlite3", moment, draw.uniform(0, 0.3))
