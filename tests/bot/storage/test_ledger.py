import asyncio
import sqlite3

import pytest
from sqlalchemy import text

from bot.workshop.errors import StoreBroken, StoreBusy


async def titles(ledger):
    async with ledger.reading() as tx:
        return [session.title for session in await tx.sessions.of_guild("guild")]


async def test_what_a_block_wrote_is_there_when_it_ends(ledger, begin):
    async with ledger.writing() as tx:
        await begin(tx, title="kept")
        assert await titles(ledger) == []
    assert await titles(ledger) == ["kept"]


async def test_a_block_that_raises_leaves_nothing(ledger, begin):
    with pytest.raises(ZeroDivisionError):
        async with ledger.writing() as tx:
            await begin(tx)
            raise ZeroDivisionError
    assert await titles(ledger) == []


async def test_a_swallowed_fault_still_leaves_nothing(ledger, begin):
    with pytest.raises(StoreBroken):
        async with ledger.writing() as tx:
            session = await begin(tx)
            await tx.ballots.add(session.id, None, "1")
            with pytest.raises(StoreBroken):
                await tx.ballots.add(session.id, None, "1")
    assert await titles(ledger) == []


async def test_a_reader_sees_one_snapshot_while_others_write(ledger, begin):
    async with ledger.reading() as before:
        assert await before.sessions.of_guild("guild") == []
        async with ledger.writing() as tx:
            await begin(tx, title="new")
        assert await before.sessions.of_guild("guild") == []
    assert await titles(ledger) == ["new"]


async def test_a_reader_cannot_write(ledger, begin):
    with pytest.raises(StoreBroken):
        async with ledger.reading() as tx:
            await begin(tx)


async def test_writers_take_turns(ledger, begin):
    async def write(number):
        async with ledger.writing() as tx:
            await begin(tx, title=str(number))

    await asyncio.gather(*(write(number) for number in range(20)))
    assert sorted(map(int, await titles(ledger))) == list(range(20))


async def test_more_readers_than_connections_take_turns(ledger, begin):
    async with ledger.writing() as tx:
        await begin(tx, title="read by many")
    assert await asyncio.gather(*(titles(ledger) for _ in range(20))) == [["read by many"]] * 20


@pytest.mark.parametrize("busy_timeout", [0.05])
async def test_a_writer_inside_a_writer_is_told_rather_than_left_hanging(ledger):
    async with ledger.writing():
        with pytest.raises(StoreBusy):
            async with ledger.writing():
                pass


@pytest.mark.parametrize("busy_timeout", [0.2])
async def test_another_programs_lock_is_busy_and_passes(ledger, path, begin):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        async with ledger.writing():
            pass
    other.close()
    async with ledger.writing() as tx:
        await begin(tx, title="after")
    assert await titles(ledger) == ["after"]


async def test_a_commit_that_fails_leaves_nothing_and_the_next_one_works(ledger, begin):
    with pytest.raises(StoreBroken):
        async with ledger.writing() as tx:
            await begin(tx, title="broken")
            await tx.link.run(text("PRAGMA defer_foreign_keys = ON"))
            await tx.outbox.add(999, "page")
    async with ledger.writing() as tx:
        await begin(tx, title="sound")
    assert await titles(ledger) == ["sound"]


async def test_the_writer_is_as_careful_as_promised(tx, busy_timeout):
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": busy_timeout * 1000}
    assert {name: await tx.link.value(text(f"PRAGMA {name}")) for name in wanted} == wanted


async def test_the_ledger_says_what_it_stands_on(ledger, path):
    assert ledger.describe() == f"SQLite {sqlite3.sqlite_version}, journal mode wal"
