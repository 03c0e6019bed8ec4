import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from bot.storage import StoreCorrupt
from bot.storage.backup import backups
from bot.storage.migrate import VERSIONS, migrate
from bot.storage.schema import metadata

GUILD = "INSERT INTO guilds VALUES ('guild', 0)"
PRESET = "INSERT INTO presets VALUES (1, 'guild', 'noir', 1, '{}')"
MARK = "op.execute('CREATE TABLE marks (mark TEXT)')"
REVISION = "SELECT version_num FROM alembic_version"
NEWEST = max(file.stem[:4] for file in Path(VERSIONS[0]).glob("[0-9]*.py"))


@pytest.fixture
def bring(path, moment):
    """Bring the file to the newest of the given versions, or of the program's own."""
    path.parent.mkdir()

    def bring(*folders, at=moment):
        versions = (*VERSIONS, *folders)
        migrate(path, busy_timeout=0.1, backups_kept=2, now=lambda: at, versions=versions)
        return path

    return bring


@pytest.fixture
def revision(tmp_path):
    """Write a migration for this test alone and return its folder."""

    def revision(number, after, *deeds):
        folder = tmp_path / f"revision: {number}"
        folder.mkdir()
        head = f"from alembic import op\nrevision, down_revision = {number!r}, {after!r}\n"
        (folder / f"{number}.py").write_text(f"{head}def upgrade():\n    {'; '.join(deeds) or 'pass'}\n")
        return folder

    return revision


def rows(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement).fetchall()


def test_the_migrations_lead_to_the_schema(bring):
    engine = create_engine(f"sqlite:///{bring()}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_the_migrations_lead_to_the_very_tables_that_the_schema_would_make(bring, tmp_path):
    """Checks and partial indexes too, which the comparison above cannot see."""
    made = tmp_path / "made.sqlite3"
    engine = create_engine(f"sqlite:///{made}")
    metadata.create_all(engine)
    engine.dispose()
    ours = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version'"
    assert set(rows(bring(), ours)) == set(rows(made, ours))


def test_who_took_a_text_out_is_told_of_older_files_too(path, moment):
    """Texts of two who left with their words, of one who let them stay, of one who is there, and the model's."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as store, store:
        store.executescript((Path(__file__).parent / "oldest.sql").read_text())
        for number, keep in ((1, "nothing"), (2, "text")):
            left = "INSERT INTO audit VALUES (?, 'guild', 'privacy-delete', ?, 'a former writer', 0, ?)"
            store.execute(left, (10 + number, f"former:{number}", f'{{"keep": "{keep}"}}'))
        passage = "INSERT INTO passages VALUES (?, 1, NULL, ?, ?, ?, 'somebody', 0, NULL, NULL, NULL)"
        store.executemany(
            passage,
            [
                (11, "", "human", "former:1"),
                (12, "", "human", "former:2"),
                (13, "", "human", "1"),
                (14, "", "model", "former:1"),
                (15, "Here.", "human", "1"),
            ],
        )
    migrate(path, busy_timeout=0.1, backups_kept=2, now=lambda: moment, versions=VERSIONS)
    assert rows(path, "SELECT passage FROM removals ORDER BY passage") == [(12,), (13,), (14,)]


def test_a_new_file_needs_no_backup(bring):
    assert backups(bring()) == []


def test_a_file_with_work_to_do_is_copied_first_and_the_copy_is_sound(bring, revision):
    rows(bring(), GUILD)
    path = bring(revision("9001", NEWEST, MARK))
    (copy,) = backups(path)
    assert copy.name == f"scriptorium.sqlite3.20260102T030405678901Z.{NEWEST}.backup"
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
    assert rows(copy, REVISION) == [(NEWEST,)] and rows(path, REVISION) == [("9001",)]
    assert rows(copy, "SELECT id FROM guilds") == [("guild",)]


def test_the_newest_two_copies_are_kept(bring, revision, moment):
    folders = [revision("9001", NEWEST), revision("9002", "9001"), revision("9003", "9002")]
    bring()
    for done in (1, 2, 3):
        path = bring(*folders[:done], at=moment + timedelta(days=done))
    assert [copy.name.split(".")[-2] for copy in backups(path)] == ["9002", "9001"]


def test_a_migration_that_fails_changes_nothing(bring, revision):
    before = rows(bring(), "SELECT sql FROM sqlite_master")
    with pytest.raises(ZeroDivisionError):
        bring(revision("9001", NEWEST, MARK), revision("9002", "9001", "1 / 0"))
    path = bring()
    assert rows(path, "SELECT sql FROM sqlite_master") == before
    assert rows(path, REVISION) == [(NEWEST,)]


def test_a_migration_that_leaves_a_row_without_its_parent_changes_nothing(bring, revision):
    path = bring()
    for statement in (GUILD, PRESET):
        rows(path, statement)
    with pytest.raises(StoreCorrupt, match="a row of presets refers to one of guilds that is missing"):
        bring(revision("9001", NEWEST, "op.execute('DELETE FROM guilds')"))
    assert rows(path, "SELECT id FROM guilds") == [("guild",)]


def test_a_table_that_is_made_anew_keeps_its_children(bring, revision):
    path = bring()
    for statement in (GUILD, PRESET):
        rows(path, statement)
    anew = "with op.batch_alter_table('guilds', recreate='always') as batch: batch.alter_column('met', nullable=True)"
    bring(revision("9001", NEWEST, anew))
    assert rows(path, "SELECT guild, name FROM presets") == [("guild", "noir")]
