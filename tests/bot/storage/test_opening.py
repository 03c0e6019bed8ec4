import asyncio
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE
from contextlib import closing

import pytest

from bot.storage import StoreCorrupt, StoreLocked, StoreTooNew, StoreUnwritable, open_store
from bot.storage.backup import backups

HOLDER = """
import sys, time
from pathlib import Path
from bot.storage.fence import fenced

with fenced(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def opened(path, moment):
    """Open the store once more."""
    return lambda: open_store(path, busy_timeout=0.1, now=lambda: moment)


@pytest.fixture
async def closed(path, opened):
    """A store that was used and closed."""
    async with opened():
        pass
    return path


def alter(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


async def test_a_folder_that_is_not_there_is_made(path, opened):
    assert not path.parent.exists()
    async with opened():
        assert path.is_file()


async def test_what_was_written_is_there_the_next_time(opened, closed, begin, new_session):
    async with opened() as ledger, ledger.writing() as tx:
        await tx.presets.ensure([new_session.preset])
        session = await begin(tx)
    async with opened() as ledger, ledger.reading() as tx:
        assert await tx.sessions.by_id(session.id) == session


async def test_opening_again_changes_and_copies_nothing(opened, closed):
    before = closed.read_bytes()
    async with opened():
        pass
    assert closed.read_bytes() == before
    assert backups(closed) == []


async def test_a_second_opener_is_told_who_was_first(path, opened):
    async with opened():
        with pytest.raises(StoreLocked) as refusal:
            async with opened():
                pass
    assert refusal.value.pid == os.getpid()
    assert str(refusal.value) == f"{path}: another Scriptorium (process {os.getpid()}) is using it"


async def test_the_fence_falls_with_the_process_that_held_it(opened, path):
    path.parent.mkdir()
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, path, stdout=PIPE)
    await other.stdout.readline()
    with pytest.raises(StoreLocked) as refusal:
        async with opened():
            pass
    assert refusal.value.pid == other.pid
    other.kill()
    await other.wait()
    async with opened():
        pass


async def test_a_database_that_another_program_writes_to_is_locked(opened, closed):
    with closing(sqlite3.connect(closed, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked) as refusal:
            async with opened():
                pass
    assert refusal.value.pid is None


async def test_a_file_that_is_no_database_is_corrupt(path, opened):
    path.parent.mkdir()
    path.write_text("Dear diary, " * 100)
    with pytest.raises(StoreCorrupt):
        async with opened():
            pass
    assert path.read_text().startswith("Dear diary")


async def test_a_damaged_database_is_corrupt(opened, closed):
    with closed.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3 * 4096)
    with pytest.raises(StoreCorrupt):
        async with opened():
            pass


async def test_another_programs_database_is_left_alone(path, opened):
    path.parent.mkdir()
    alter(path, "CREATE TABLE recipes (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="another program"):
        async with opened():
            pass
    assert path.read_bytes() == before


async def test_a_newer_schema_is_left_alone(opened, closed):
    alter(closed, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreTooNew) as refusal:
        async with opened():
            pass
    assert refusal.value.revision == "9999"


async def test_a_place_that_cannot_be_written_says_so(tmp_path, moment):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "store.sqlite3", tmp_path):
        with pytest.raises(StoreUnwritable):
            async with open_store(place, busy_timeout=0.1, now=lambda: moment):
                pass
