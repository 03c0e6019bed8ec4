"""Backup and restore as the person at the shell meets them."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import StoreMissing, StoreThere
from bot.storage.migrate import migrate

DATABASE = Path("data/scriptorium.db")


@pytest.fixture
def store(folder):
    (folder / "data").mkdir()
    migrate(DATABASE, busy_timeout=1, backups_kept=2, now=lambda: datetime.now(UTC))


def meet(guild):
    with closing(sqlite3.connect(DATABASE)) as connection, connection:
        connection.execute(f"INSERT INTO guilds VALUES ('{guild}', 0)")


def known():
    with closing(sqlite3.connect(DATABASE)) as connection:
        return [guild for (guild,) in connection.execute("SELECT id FROM guilds")]


def test_what_was_saved_comes_back(store, run):
    meet("early")
    assert run("backup", "copy.db")[0] == 0
    meet("late")
    code, said = run("restore", "copy.db")
    assert (code, known()) == (0, ["early"])
    assert said[0].startswith("data/scriptorium.db is now a copy of copy.db") and "kept in" in said[1]


def test_a_copy_without_a_name_lies_in_a_folder_beside_the_database(store, run):
    _, [said] = run("backup")
    [copy] = Path("data/backups").iterdir()
    assert str(copy) in said and copy.suffix == ".db"


def test_an_older_copy_is_said_to_be_one(store, run, folder):
    first_room = folder / "old.db"
    run("backup", str(first_room))
    with closing(sqlite3.connect(first_room)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert (
        "An older Scriptorium wrote it; the next start brings it up to date." in run("restore", "old.db")[1]
    )


def test_what_cannot_be_done_is_raised_as_a_fault_of_the_store(run, store):
    with pytest.raises(StoreMissing):
        run("restore", "nowhere.db")
    run("backup", "copy.db")
    with pytest.raises(StoreThere):
        run("backup", "copy.db")


def test_the_database_that_the_settings_name_is_meant(run, store):
    with pytest.raises(StoreMissing, match=r"other\.db"):
        run("backup", SCRIPTORIUM_STORAGE__PATH="other.db")
