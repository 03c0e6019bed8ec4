"""Backups: made while the bot runs or not, put back while it does not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot.settings.sections import StorageSection
from bot.storage import restore, save


def back_up(storage: StorageSection, file: Path | None, now: datetime, say: Callable[[str], None]) -> None:
    """Copy the database to ``file``, else to the folder `backups` beside it. Raises StoreUnusable."""
    target = file or _place_of(storage.path, now)
    sound = save(storage.path, target)
    say(f"The database is copied to {target}: {megabytes(sound.size)}, read back and sound.")


def put_back(storage: StorageSection, file: Path, now: datetime, say: Callable[[str], None]) -> None:
    """Put a copy in the database's place. Raises StoreUnusable."""
    restored = restore(storage.path, file, lambda: now)
    say(f"{storage.path} is now a copy of {file}: {megabytes(restored.sound.size)}, read back and sound.")
    if not restored.sound.current:
        say("An older Scriptorium wrote it; the next start brings it up to date.")
    if restored.aside:
        say(f"What it replaced is kept in {restored.aside}; delete that when all is well.")


def megabytes(size: float) -> str:
    """Say a size."""
    return f"{size / 1e6:,.1f} MB"


def _place_of(path: Path, now: datetime) -> Path:
    return path.parent / "backups" / f"{path.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{path.suffix}"
