"""A copy is whole and sound or not there; a copy put back leaves what it replaced aside."""

import sqlite3
from contextlib import closing
from shutil import copyfile

import pytest

from bot.storage import (
    StoreCorrupt,
    StoreLocked,
    StoreMissing,
    StoreThere,
    StoreTooNew,
    examine,
    open_store,
    restore,
    save,
)
from bot.storage.migrate import revisions

GUILDS = "SELECT id FROM guilds"


@pytest.fixture
def store(path, migrated):
    """A closed store."""
    path.parent.mkdir()
    copyfile(migrated, path)
    return path


@pytest.fixture
def put_back(path, moment):
    return lambda source: restore(path, source, lambda: moment)


def rows(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def met(path, guild):
    rows(path, f"INSERT INTO guilds VALUES ('{guild}', 0)")
    return path


def spoil(path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 3 * 4096)


async def test_a_store_in_use_is_copied_with_all_that_was_committed(ledger, path, tmp_path, begin):
    async with ledger.writing() as tx:
        await begin(tx)
    sound = save(path, tmp_path / "copies" / "copy.db")
    assert rows(tmp_path / "copies" / "copy.db", "SELECT title FROM sessions") == [("The Door",)]
    assert sound.current and sound.size == (tmp_path / "copies" / "copy.db").stat().st_size


async def test_looking_at_a_store_changes_and_leaves_nothing(store, moment):
    async with open_store(store, busy_timeout=0.2, now=lambda: moment):
        pass
    before = {file.name: file.read_bytes() for file in store.parent.iterdir()}
    assert examine(store).revision == revisions()[0]
    assert {file.name: file.read_bytes() for file in store.parent.iterdir()} == before


def test_a_store_that_may_only_be_read_can_be_looked_at(store):
    store.chmod(0o400)
    assert examine(store).current


def test_a_copy_stands_alone(store, tmp_path):
    save(store, tmp_path / "copy.db")
    assert {file.name for file in tmp_path.glob("copy*")} == {"copy.db"}


def test_a_file_that_is_there_is_not_overwritten(store, tmp_path):
    (tmp_path / "diary").write_text("Dear diary")
    with pytest.raises(StoreThere):
        save(store, tmp_path / "diary")
    assert (tmp_path / "diary").read_text() == "Dear diary"


def test_what_is_not_there_is_neither_copied_nor_made(path, tmp_path):
    with pytest.raises(StoreMissing):
        save(path, tmp_path / "copy.db")
    assert not path.exists() and not (tmp_path / "copy.db").exists()


def test_a_damaged_store_gives_no_copy(store, tmp_path):
    spoil(store)
    with pytest.raises(StoreCorrupt):
        save(store, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DROP TABLE shown", "lacks the tables shown"),
        ("DROP TABLE alembic_version", "no Scriptorium database"),
        ("INSERT INTO settings VALUES ('nowhere', 'x', '1', 0)", "a row of settings refers to one of guilds"),
    ],
)
def test_a_store_that_lacks_something_is_not_sound(store, statement, reason):
    rows(store, statement)
    with pytest.raises(StoreCorrupt, match=reason):
        examine(store)


def test_a_newer_schema_is_not_put_back(store, tmp_path, put_back):
    newer = copyfile(store, tmp_path / "newer.db")
    rows(newer, "UPDATE alembic_version SET version_num = '9999'")
    before = store.read_bytes()
    with pytest.raises(StoreTooNew):
        put_back(newer)
    assert store.read_bytes() == before


def test_a_copy_put_back_leaves_what_it_replaced_aside(store, tmp_path, put_back):
    save(met(store, "early"), tmp_path / "copy.db")
    met(store, "late")
    aside = put_back(tmp_path / "copy.db").aside
    assert rows(store, GUILDS) == [("early",)]
    assert aside.name == f"{store.name}.20260102T030405678901Z.replaced"
    assert rows(aside, GUILDS) == [("early",), ("late",)]


async def test_the_store_opens_with_what_was_put_back(store, tmp_path, put_back, moment):
    save(met(store, "early"), tmp_path / "copy.db")
    put_back(tmp_path / "copy.db")
    async with open_store(store, busy_timeout=0.2, now=lambda: moment):
        assert rows(store, GUILDS) == [("early",)]


def test_where_no_store_was_there_is_nothing_aside(migrated, path, put_back):
    assert put_back(migrated).aside is None
    assert examine(path).current


def test_a_damaged_store_is_replaced_and_kept_as_it_is(store, migrated, put_back):
    spoil(store)
    damaged = store.read_bytes()
    assert put_back(migrated).aside.read_bytes() == damaged
    assert examine(store).current


def test_a_write_ahead_log_that_was_left_behind_is_part_of_what_is_kept_aside(
    store, migrated, put_back, tmp_path
):
    with closing(sqlite3.connect(store, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO guilds VALUES ('late', 0)")
        left = [copyfile(file, tmp_path / file.name) for file in store.parent.glob(f"{store.name}*")]
    for file in left:
        copyfile(file, store.parent / file.name)
    assert rows(put_back(migrated).aside, GUILDS) == [("late",)]
    assert rows(store, GUILDS) == []


async def test_a_store_in_use_is_not_replaced(ledger, path, migrated, put_back):
    with pytest.raises(StoreLocked, match="another Scriptorium"):
        put_back(migrated)
    assert list(path.parent.glob("*.replaced")) == []


def test_a_store_that_another_program_has_open_is_not_replaced(store, migrated, put_back):
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="another program"):
            put_back(migrated)
    assert list(store.parent.glob("*.replaced")) == []
