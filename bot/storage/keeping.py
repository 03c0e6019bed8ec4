"""Saving a copy of the store, and putting one back in its place."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copy2

from bot.storage.backup import JOURNALS, beside, copied, drafting, remove, stamp
from bot.storage.faults import StoreThere, explained, is_busy
from bot.storage.fence import fenced
from bot.storage.soundness import Sound, examine


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands in the store's place now, and where the file that it replaced is kept, if there was one."""

    sound: Sound
    aside: Path | None


def save(path: Path, target: Path) -> Sound:
    """Copy the database, in use or not, to a new file, which is there only if it is whole and sound.

    Raises StoreUnusable.
    """
    examine(path)
    if target.exists():
        raise StoreThere(target, "it exists already")
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with drafting(target) as draft:
            copied(path, draft)
            sound = examine(draft)
            draft.replace(target)
            _settled(target.parent)
    return sound


def restore(path: Path, source: Path, now: Callable[[], datetime]) -> Restored:
    """Put a sound copy of ``source`` in the place of ``path``, and keep the file that was there aside.

    Until the last step nothing in that place changes. Raises StoreUnusable, StoreLocked while the store
    is in use.
    """
    examine(source)
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with fenced(path), drafting(path) as draft:
            copied(source, draft)
            sound = examine(draft)
            aside = _put_aside(path, stamp(now())) if path.exists() else None
            for journal in JOURNALS:
                beside(path, journal).unlink(missing_ok=True)
            draft.replace(path)
            _settled(path.parent)
    return Restored(sound, aside)


def _put_aside(path: Path, moment: str) -> Path:
    """Copy the file and what it still has beside it: a rename would leave a moment without any store."""
    _fold_journals(path)
    aside = path.with_name(f"{path.name}.{moment}.replaced")
    try:
        for side in ("", *JOURNALS):
            if beside(path, side).exists():
                copy2(beside(path, side), beside(aside, side))
                _settled(beside(aside, side))
    except OSError:
        remove(aside)
        raise
    return aside


def _fold_journals(path: Path) -> None:
    """Bring what the journals hold into the file, where it is sound enough for that."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if is_busy(error):
            raise


def _settled(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
