import asyncio
import random
import sqlite3
from contextlib import closing, suppress

import pytest
from sqlalchemy import func, select, text

from bot.storage.schema import events, passages
from bot.storage.unbroken import unbroken

MARK = 1234  # a setting that lasts as long as its connection


def is_free(path):
    """Tell whether anybody may write right now."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        return other.execute("BEGIN IMMEDIATE").fetchone() is None


async def test_work_that_began_ends_before_its_cancellation_is_heard():
    ended = asyncio.Event()

    async def work():
        await asyncio.sleep(0.02)
        ended.set()

    task = asyncio.create_task(unbroken(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_the_works_own_error_is_the_callers():
    async def work():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unbroken(work())


@pytest.mark.parametrize("seed", range(3))
async def test_cancelled_writers_leave_whole_transactions_and_no_lock(
    ledger, path, begin, write, ann, moment, seed
):
    """Each writer adds a passage and an event; whoever is cancelled adds both or neither."""
    draw = random.Random(seed)
    async with ledger.writing() as tx:
        session = await begin(tx)
        await tx.link.run(text(f"PRAGMA cache_size = {MARK}"))
    finished = 0

    async def deed():
        nonlocal finished
        async with ledger.writing() as tx:
            await write(tx, session)
            async with ledger.reading() as beside:
                await beside.sessions.of_guild("guild")
            await tx.diary.record(session.id, "wrote", ann, moment, {})
        finished += 1

    async def within(seconds):
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await deed()

    for _ in range(25):
        await asyncio.gather(within(0), deed(), *(within(draw.uniform(0, 0.02)) for _ in range(2)))
    async with ledger.reading() as tx:
        written = await tx.link.value(select(func.count()).select_from(passages))
        recorded = await tx.link.value(select(func.count()).select_from(events))
    assert written == recorded >= finished >= 25
    assert written < 100
    assert is_free(path)
    async with ledger.writing() as tx:
        assert await tx.link.value(text("PRAGMA cache_size")) == MARK, "the writing connection was replaced"


async def test_a_commit_that_began_is_durable_though_its_caller_was_cancelled(ledger, path, begin):
    """At whatever step the cancellation falls, what was told is what is stored."""
    for steps in range(0, 60, 3):

        async def deed(title):
            async with ledger.writing() as tx:
                await begin(tx, title=title)

        task = asyncio.create_task(deed(str(steps)))
        for _ in range(steps):
            await asyncio.sleep(0.0002)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert is_free(path)
        async with ledger.reading() as tx:
            stored = [session.title for session in await tx.sessions.of_guild("guild", limit=100)]
        assert task.cancelled() or str(steps) in stored
