"""Bringing a file to the schema that this program speaks."""

import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, create_engine, event, inspect

from bot.storage.backup import back_up
from bot.storage.faults import StoreCorrupt, StoreTooNew

MIGRATIONS: Final = Path(__file__).parent / "migrations"
VERSIONS: Final = (MIGRATIONS / "versions",)


def migrate(
    path: Path,
    *,
    busy_timeout: float,
    backups_kept: int,
    now: Callable[[], datetime],
    versions: Sequence[Path] = VERSIONS,
) -> None:
    """Check the file and apply the migrations that it lacks, all of them or none.

    A file that holds anything is backed up before it is changed. Raises StoreUnusable, or an error of
    the database or the file system.
    """
    _check(path, busy_timeout)
    config = _config(versions)
    script = ScriptDirectory.from_config(config)
    with _transaction(path, busy_timeout) as connection:
        revision = _revision(path, connection, script)
        if revision == script.get_current_head():
            return
        if revision is not None:
            back_up(path, revision, now(), backups_kept)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _check_references(path, connection)


def revisions(versions: Sequence[Path] = VERSIONS) -> Sequence[str]:
    """Return the revisions that this program knows, the newest first."""
    return [each.revision for each in ScriptDirectory.from_config(_config(versions)).walk_revisions()]


def _check(path: Path, busy_timeout: float) -> None:
    with closing(sqlite3.connect(path, timeout=busy_timeout)) as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreCorrupt(path, verdict)


def _revision(path: Path, connection: Connection, script: ScriptDirectory) -> str | None:
    """Return the file's schema revision, None for an empty file."""
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None and inspect(connection).get_table_names():
        raise StoreCorrupt(path, "it is the database of another program")
    known = {each.revision for each in script.walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreTooNew(path, f"a newer Scriptorium wrote it (schema {revision})", revision)
    return revision


def _check_references(path: Path, connection: Connection) -> None:
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if dangling is not None:
        raise StoreCorrupt(path, f"a row of {dangling[0]} refers to one of {dangling[2]} that is missing")


def _config(versions: Sequence[Path]) -> Config:
    config = Config()
    for option, value in (
        ("script_location", str(MIGRATIONS)),
        ("version_locations", "\n".join(map(str, versions))),
        ("path_separator", "newline"),
    ):
        config.set_main_option(option, value.replace("%", "%%"))
    return config


@contextmanager
def _transaction(path: Path, busy_timeout: float) -> Generator[Connection]:
    """Begin to write, with foreign keys off: a table that is made anew would take its children along."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": busy_timeout, "isolation_level": None},
    )
    event.listen(engine, "connect", _loosen)
    event.listen(engine, "begin", _claim)
    with engine.begin() as connection:
        yield connection


def _loosen(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")


def _claim(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
