"""Copies of the file, made and verified before a migration changes it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from glob import escape
from pathlib import Path

from bot.storage.faults import StoreCorrupt


def back_up(path: Path, revision: str, now: datetime, kept: int) -> Path:
    """Copy the database beside itself, verify the copy, and keep the newest ``kept`` copies.

    Raises StoreCorrupt when the copy is not sound; it bears its final name only after the check.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = path.with_name(f"{path.name}.{moment}.{revision}.backup")
    draft = path.with_name(f"{path.name}.partial")
    draft.unlink(missing_ok=True)
    try:
        _copy(path, draft)
        draft.replace(copy)
    finally:
        draft.unlink(missing_ok=True)
    for old in backups(path)[kept:]:
        old.unlink()
    return copy


def backups(path: Path) -> Sequence[Path]:
    """Return the backups of a database, the newest first."""
    return sorted(path.parent.glob(f"{escape(path.name)}.*.backup"), reverse=True)


def _copy(path: Path, draft: Path) -> None:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        (verdict,) = target.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise StoreCorrupt(path, f"its backup is not sound: {verdict}")
