"""An empty store at the newest schema, made once: to make one takes longer than most tests that need it."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.storage.migrate import migrate


def empty_store(path: Path) -> Path:
    """Put an empty store where none is."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_migrated())
    return path


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        migrate(path, busy_timeout=1, backups_kept=2, now=lambda: datetime.now(UTC))
        return path.read_bytes()
