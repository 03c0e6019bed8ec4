"""What can keep a store from opening, and what its faults at work mean to the workshop.

StoreUnusable
├── StoreMissing     there is no such file
├── StoreThere       there is one where a new one is to be made
├── StoreLocked      somebody else has the file
├── StoreCorrupt     it is no database, a damaged one, or another program's
├── StoreTooNew      a newer Scriptorium wrote it
└── StoreUnwritable  the folder, the file or the disk does not let us write
"""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError

from bot.workshop.errors import StoreBroken, StoreBusy, StoreError, StoreFull, StoreReadOnly

_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNWRITABLE: Final = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    }
)


@dataclass(eq=False)
class StoreUnusable(Exception):
    """The store cannot be opened; nothing in it was changed."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(eq=False)
class StoreMissing(StoreUnusable):
    """There is no file of that name."""


@dataclass(eq=False)
class StoreThere(StoreUnusable):
    """A file of that name exists, and nothing is written over."""


@dataclass(eq=False)
class StoreLocked(StoreUnusable):
    """Another process has the file; ``pid`` is known when that is a Scriptorium too."""

    pid: int | None = None


@dataclass(eq=False)
class StoreCorrupt(StoreUnusable):
    """The file is no sound Scriptorium database."""


@dataclass(eq=False)
class StoreTooNew(StoreUnusable):
    """The file's schema, ``revision``, is not known to this version of the program."""

    revision: str


@dataclass(eq=False)
class StoreUnwritable(StoreUnusable):
    """The place does not let us write."""


def fault_of(error: DBAPIError) -> StoreError:
    """Return what a database error at work means."""
    return meaning_of(error.orig)


def meaning_of(error: BaseException | None) -> StoreError:
    """Return what an error of SQLite itself means at work."""
    if is_busy(error):
        return StoreBusy()
    match _code(error):
        case sqlite3.SQLITE_FULL:
            return StoreFull()
        case sqlite3.SQLITE_READONLY:
            return StoreReadOnly()
        case _:
            return StoreBroken()


def is_busy(error: BaseException | None) -> bool:
    """Tell whether SQLite met somebody else's lock."""
    return _code(error) in _BUSY


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Raise the faults of files and databases met on the way in as StoreUnusable."""
    try:
        yield
    except DBAPIError as error:
        raise _unusable(path, error.orig or error) from error
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: BaseException) -> StoreUnusable:
    if is_busy(error):
        return StoreLocked(path, "another program is writing to it")
    if _code(error) in _UNWRITABLE or isinstance(error, OSError):
        return StoreUnwritable(path, str(error))
    return StoreCorrupt(path, str(error))


def _code(error: BaseException | None) -> int | None:
    """Return SQLite's primary result code; the extended ones carry it in their low byte."""
    extended: int | None = getattr(error, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF
