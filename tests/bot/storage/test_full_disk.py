"""A disk that is full or lets nobody write is told, at work and when the store is asked how it is."""

import pytest
from sqlalchemy import text

from bot.workshop.errors import StoreBusy, StoreFull, StoreReadOnly

ROOM_FOR_LITTLE = 20
ROOM_AGAIN = 10_000


async def limit(tx, pages):
    """Let the file grow by so many pages more, as a disk would."""
    size = await tx.link.value(text("PRAGMA page_count"))
    await tx.link.value(text(f"PRAGMA max_page_count = {size + pages}"))


async def test_a_full_disk_is_said_and_what_was_there_stays(ledger, begin, write):
    async with ledger.writing() as tx:
        session = await begin(tx)
        passage = await write(tx, session)
        await limit(tx, ROOM_FOR_LITTLE)
    with pytest.raises(StoreFull):
        async with ledger.writing() as tx:
            for _ in range(ROOM_FOR_LITTLE):
                await write(tx, session, text="x" * 10_000)
    async with ledger.reading() as tx:
        assert await tx.passages.branch(session.id, passage.id) == [passage]
    async with ledger.writing() as tx:
        await limit(tx, ROOM_AGAIN)
        assert (await write(tx, session, text="y" * 200_000)).id == passage.id + 1


async def test_a_sound_store_takes_a_write_that_changes_nothing(ledger, begin):
    async with ledger.writing() as tx:
        session = await begin(tx)
    await ledger.prove(room=0)
    async with ledger.reading() as tx:
        assert list(await tx.sessions.of_guild("guild")) == [session]


async def test_a_disk_that_is_nearly_full_is_told_before_it_is(ledger):
    with pytest.raises(StoreFull):
        await ledger.prove(room=1 << 62)


async def test_a_store_that_nobody_may_write_to_is_told(ledger):
    async with ledger.writing() as tx:
        await tx.link.run(text("PRAGMA query_only = ON"))
    with pytest.raises(StoreReadOnly):
        await ledger.prove(room=0)


@pytest.mark.parametrize("busy_timeout", [0.05])
async def test_a_store_that_somebody_else_writes_to_is_told(ledger):
    async with ledger.writing():
        with pytest.raises(StoreBusy):
            await ledger.prove(room=0)
