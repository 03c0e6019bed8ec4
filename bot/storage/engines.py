"""How the engines treat SQLite: the PRAGMAs, and who begins a transaction how.

All that is SQLite's own at work stands here; another database brings its own two engines.
"""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, NullPool, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.hop import connection

_WRITER: Final = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
_READER: Final = ("query_only = ON",)


def writing_engine(path: Path, busy_timeout: float) -> AsyncEngine:
    """Return the engine of the one connection that writes, and that alone checkpoints."""
    return _engine(path, busy_timeout, _WRITER, "BEGIN IMMEDIATE", prompt=True)


def reading_engine(path: Path, busy_timeout: float) -> AsyncEngine:
    """Return the engine of the connections that only read, each transaction from one snapshot."""
    return _engine(path, busy_timeout, _READER, "BEGIN", prompt=False)


def _engine(
    path: Path, busy_timeout: float, pragmas: tuple[str, ...], begin: str, *, prompt: bool
) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)),
        poolclass=NullPool,
        async_creator=lambda: connection(path, busy_timeout, prompt=prompt),
    )

    def prepare(opened: Any, _record: object) -> None:
        cursor = opened.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(started: Connection) -> None:
        started.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", begun)
    return engine
