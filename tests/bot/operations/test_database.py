import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from bot.operations.database import look_at_database
from bot.operations.findings import Level
from bot.settings.sections import StorageSection
from bot.storage.migrate import migrate


@pytest.fixture
def section(tmp_path):
    return StorageSection(path=tmp_path / "store.db", busy_timeout_seconds=0.1)


@pytest.fixture
def store(section):
    migrate(section.path, busy_timeout=1, backups_kept=2, now=lambda: datetime.now(UTC))
    return section.path


def alter(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def found(section):
    return next(finding for finding in look_at_database(section) if finding.subject == "database")


def test_a_sound_store_on_a_disk_with_room_is_well(section, store):
    assert {finding.level for finding in look_at_database(section)} == {Level.OK}


def test_before_the_first_start_there_is_none_and_none_is_made(section):
    assert "does not exist yet" in found(section).seen
    assert not section.path.exists()


def test_an_older_schema_is_well(section, store):
    alter(store, "UPDATE alembic_version SET version_num = '0001'")
    assert found(section).level is Level.OK and "brings up to date" in found(section).seen


@pytest.mark.parametrize(
    ("statement", "remedy"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "Update Scriptorium"),
        ("DROP TABLE votes", "python -m bot restore"),
    ],
)
def test_what_is_wrong_with_a_store_says_what_to_do(section, store, statement, remedy):
    alter(store, statement)
    assert found(section).level is Level.FAIL and remedy in found(section).remedy


def test_the_newest_backup_is_named_where_one_is_needed(section, store):
    backup = store.with_name("store.db.20260102T030405678901Z.0001.backup")
    backup.touch()
    store.write_text("Dear diary, " * 100)
    assert str(backup) in found(section).remedy


def test_a_store_that_somebody_holds_says_so(section, store):
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert "End the program that holds it" in found(section).remedy


def test_a_place_that_is_no_folder_is_told(tmp_path):
    (tmp_path / "file").touch(mode=0o400)
    disk = look_at_database(StorageSection(path=tmp_path / "file" / "store.db"))[-1]
    assert disk.level is Level.FAIL and "storage.path" in disk.remedy
