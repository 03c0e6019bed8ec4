"""Looking at a whole file without changing it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.storage.faults import StoreCorrupt, StoreMissing, StoreTooNew, explained
from bot.storage.migrate import revisions
from bot.storage.schema import metadata


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound database: its size, its schema, and whether that is the one which this program speaks."""

    size: int
    revision: str
    current: bool


def examine(path: Path, busy_timeout: float = 5.0) -> Sound:
    """Read every page and every reference of a database, in use or not. Raises StoreUnusable."""
    if not path.is_file():
        raise StoreMissing(path, "there is no such file")
    with explained(path), closing(_reader(path, busy_timeout)) as connection:
        _check(path, connection)
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        revision = _revision(path, connection, tables)
    known = revisions()
    if revision not in known:
        raise StoreTooNew(path, f"a newer Scriptorium wrote it (schema {revision})", revision)
    if revision == known[0] and (lost := metadata.tables.keys() - tables):
        raise StoreCorrupt(path, f"it lacks the tables {', '.join(sorted(lost))}")
    return Sound(path.stat().st_size, revision, revision == known[0])


def _reader(path: Path, busy_timeout: float) -> sqlite3.Connection:
    """Open for reading and yet as a writer, who takes the journals along in leaving; a mere reader leaves his."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", timeout=busy_timeout, uri=True)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _check(path: Path, connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise StoreCorrupt(path, verdict)
    dangling = connection.execute("PRAGMA foreign_key_check").fetchone()
    if dangling is not None:
        raise StoreCorrupt(path, f"a row of {dangling[0]} refers to one of {dangling[2]} that is missing")


def _revision(path: Path, connection: sqlite3.Connection, tables: set[str]) -> str:
    found = (
        "alembic_version" in tables
        and connection.execute("SELECT version_num FROM alembic_version").fetchone()
    )
    if not found:
        raise StoreCorrupt(path, "it is no Scriptorium database")
    return found[0]
