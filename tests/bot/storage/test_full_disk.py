import pytest
from sqlalchemy import text

from bot.workshop.errors import StoreFull

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
