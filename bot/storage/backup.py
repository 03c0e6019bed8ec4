"""Copies of the file, which bear their names only once they are known to be sound."""

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import Final

from bot.storage.faults import StoreCorrupt

JOURNALS: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; the file is not whole without them, and they are of no other file."""


def back_up(path: Path, revision: str, now: datetime, kept: int) -> Path:
    """Copy the database beside itself, verify the copy, and keep the newest ``kept`` copies.

    Raises StoreCorrupt when the copy is not sound; it bears its final name only after the check.
    """
    copy = path.with_name(f"{path.name}.{stamp(now)}.{revision}.backup")
    with drafting(path) as draft:
        copied(path, draft)
        draft.replace(copy)
    for old in backups(path)[kept:]:
        old.unlink()
    return copy


def backups(path: Path) -> Sequence[Path]:
    """Return the backups of a database, the newest first."""
    return sorted(path.parent.glob(f"{escape(path.name)}.*.backup"), reverse=True)


@contextmanager
def drafting(path: Path) -> Generator[Path]:
    """Give a name beside ``path`` to write to, free at the beginning and at the end."""
    draft = path.with_name(f"{path.name}.partial")
    remove(draft)
    try:
        yield draft
    finally:
        remove(draft)


def copied(path: Path, draft: Path) -> None:
    """Copy a database, in use or not, as it is at one moment. Raises StoreCorrupt or SQLite's errors."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = target.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise StoreCorrupt(path, f"its backup is not sound: {verdict}")


def remove(path: Path) -> None:
    """Remove a database, if it is there, with its journals."""
    for journal in JOURNALS:
        beside(path, journal).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def beside(path: Path, journal: str) -> Path:
    """Return where a database keeps that journal."""
    return path.with_name(f"{path.name}{journal}")


def stamp(now: datetime) -> str:
    """Write a moment so that names with it sort by time."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
