"""The doctor's look at the database and its disk."""

import os
from collections.abc import Sequence
from pathlib import Path
from shutil import disk_usage
from typing import Final

from bot.operations.copies import megabytes
from bot.operations.findings import Finding, fail, ok, warn
from bot.operations.remedies import remedy
from bot.settings.sections import StorageSection
from bot.storage import Sound, StoreMissing, StoreUnusable, examine

SCARCE: Final = 500_000_000
TOO_LITTLE: Final = 20_000_000


def look_at_database(storage: StorageSection) -> Sequence[Finding]:
    """Read the whole database, and see whether there is room for more."""
    return [_file(storage), _disk(storage.path.resolve().parent)]


def _file(storage: StorageSection) -> Finding:
    try:
        sound = examine(storage.path, storage.busy_timeout_seconds)
    except StoreMissing:
        return ok("database", f"{storage.path} does not exist yet; the first start makes it")
    except StoreUnusable as fault:
        return fail("database", str(fault), remedy(fault))
    return ok("database", f"{storage.path}, {megabytes(sound.size)}, is sound; {_schema(sound)}")


def _schema(sound: Sound) -> str:
    if sound.current:
        return f"schema {sound.revision}"
    return f"schema {sound.revision}, which the next start brings up to date after a backup"


def _disk(folder: Path) -> Finding:
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK | os.X_OK):
        return fail("disk", f"{folder} cannot be written", "Let this user write there, or set storage.path.")
    free = disk_usage(folder).free
    seen = f"{megabytes(free)} are free in {folder}"
    if free < TOO_LITTLE:
        return fail("disk", seen, "Make room: nothing can be kept on a full disk.")
    return warn("disk", seen, "Make room soon.") if free < SCARCE else ok("disk", seen)
