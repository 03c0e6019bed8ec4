"""Which statements cross to SQLite's thread."""

import threading

import pytest

from bot.storage.hop import connection


@pytest.fixture
async def threads(tmp_path):
    """An open connection, and a list that a SQL function ``trace`` adds the running thread to."""
    seen = []

    def trace():
        seen.append(threading.current_thread() is threading.main_thread())
        return 1

    async with connection(tmp_path / "a.db", 1.0, prompt=True) as opened:
        await opened.create_function("trace", 0, trace)
        yield opened, seen


async def test_rows_are_read_and_changed_where_it_is_asked_for(threads):
    opened, here = threads
    for statement in ("SELECT trace()", "WITH a AS (SELECT 1) SELECT trace()", " select trace()"):
        await opened.cursor().execute(statement)
    assert here == [True, True, True]


async def test_a_reader_always_crosses_to_its_thread(tmp_path):
    async with connection(tmp_path / "a.db", 1.0, prompt=False) as opened:
        here = []
        await opened.create_function("trace", 0, lambda: here.append(threading.current_thread()))
        await opened.cursor().execute("SELECT trace()")
    assert here != [threading.main_thread()]


async def test_what_may_have_to_wait_crosses_to_the_connections_thread(threads):
    opened, here = threads
    await opened.cursor().execute("EXPLAIN SELECT 1")
    await opened.cursor().execute("CREATE TABLE a AS SELECT trace()")
    assert here == [False]


async def test_rows_and_counts_are_kept_until_they_are_fetched(threads):
    opened, _ = threads
    cursor = opened.cursor()
    await cursor.execute("CREATE TABLE a (b)")
    await cursor.executemany("INSERT INTO a VALUES (?)", [(1,), (2,)])
    assert cursor.rowcount == 2
    await cursor.execute("SELECT b FROM a")
    assert await cursor.fetchall() == [(1,), (2,)]
    assert await cursor.fetchall() == []
