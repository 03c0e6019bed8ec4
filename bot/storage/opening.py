"""Opening the store: fence, check, migrate, connect; and the way back."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import text

from bot.storage.engines import reading_engine, writing_engine
from bot.storage.faults import StoreUnwritable, explained
from bot.storage.fence import fenced
from bot.storage.ledger import StoreLedger
from bot.storage.lender import Lender, lending
from bot.storage.link import transaction
from bot.storage.migrate import migrate
from bot.storage.unbroken import unbroken

READERS: Final = 4


@asynccontextmanager
async def open_store(
    path: Path, *, busy_timeout: float, backups_kept: int = 2, now: Callable[[], datetime]
) -> AsyncGenerator[StoreLedger]:
    """Open the database at ``path``, made and brought to the current schema where needed.

    Nobody waits for the database longer than ``busy_timeout`` seconds. ``now`` names the backups.
    Raises StoreUnusable.
    """
    path = path.resolve()  # noqa: ASYNC240 - one look at the disk, before anything runs
    async with AsyncExitStack() as stack:
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(fenced(path))
            work = asyncio.to_thread(
                migrate, path, busy_timeout=busy_timeout, backups_kept=backups_kept, now=now
            )
            await unbroken(work)
            writing = lending(writing_engine(path, busy_timeout), 1, busy_timeout)
            writer = await stack.enter_async_context(writing)
            reading = lending(reading_engine(path, busy_timeout), READERS, busy_timeout)
            readers = await stack.enter_async_context(reading)
            description = await _describe(path, readers)
        yield StoreLedger(path, writer, readers, description)


async def _describe(path: Path, readers: Lender) -> str:
    async with readers.lend() as connection, transaction(connection) as link:
        journal = await link.value(text("PRAGMA journal_mode"))
    if journal != "wal":
        raise StoreUnwritable(path, "its file system cannot hold a write-ahead log")
    return f"SQLite {sqlite3.sqlite_version}, journal mode {journal}"
