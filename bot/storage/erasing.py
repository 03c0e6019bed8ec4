"""Making sure that what was deleted is in no file any more: not in the database, its log, or a copy of it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.backup import backups, remove
from bot.storage.faults import meaning_of
from bot.storage.unbroken import unbroken
from bot.workshop.errors import StoreBusy

_CHUNK: Final = 1 << 20
_ATTEMPTS: Final = 20
_PAUSE: Final = 0.1


def drop_copies(path: Path, word: str) -> int:
    """Delete the copies beside a database that hold ``word`` anywhere; return how many.

    Copies that the program made: before migrations, and what a restored file replaced.
    """
    replaced = path.parent.glob(f"{escape(path.name)}.*.replaced")
    holding = [copy for copy in (*backups(path), *replaced) if _holds(copy, word.encode())]
    for copy in holding:
        remove(copy)
    return len(holding)


async def rewrite(connection: AsyncConnection) -> None:
    """Write the database anew, without what was deleted, and empty its log. Raises StoreError.

    Readers go on meanwhile; one that still looks at the old state keeps the log, so it is tried again.
    """
    raw: Any = (await connection.get_raw_connection()).driver_connection
    try:
        await unbroken(_execute(raw, "VACUUM"))
        await _empty_log(raw)
    except sqlite3.Error as error:
        raise meaning_of(error) from error


async def _empty_log(raw: Any) -> None:
    for _ in range(_ATTEMPTS):
        busy, _, _ = await unbroken(_execute(raw, "PRAGMA wal_checkpoint(TRUNCATE)"))
        if not busy:
            return
        await asyncio.sleep(_PAUSE)
    raise StoreBusy


async def _execute(raw: Any, statement: str) -> Sequence[Any]:
    cursor = raw.cursor()
    await cursor.execute(statement)
    rows = await cursor.fetchall()
    return rows[0] if rows else ()


def _holds(path: Path, word: bytes) -> bool:
    with path.open("rb") as file:
        tail = b""
        while chunk := file.read(_CHUNK):
            if word in tail + chunk:
                return True
            tail = chunk[-len(word) :]
    return False
