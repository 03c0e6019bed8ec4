"""The tables. Constraints make what may not be impossible to write; migrations/ brings a file to this.

Tables of a session refer to a passage together with its session, so that no row can name a stranger's.
Where rows are deleted, their keys are never given again: an old outbox row is not mistaken for a new one.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.storage.columns import FACTS, KEY, KeptProvenance, Moment, key, one_of
from bot.story.ballot import BallotState
from bot.story.manuscript import AiMode, Origin, SessionState
from bot.story.wordlist import WordKind
from bot.workshop.records import JobState

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _session() -> Column[int]:
    return Column("session", KEY, ForeignKey("sessions.id"), nullable=False)


def _passage(column: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["session", column], ["passages.session", "passages.id"])


def _only_one(name: str, *columns: str, where: str) -> Index:
    return Index(name, *columns, unique=True, sqlite_where=text(where), postgresql_where=text(where))


guilds: Final = Table(
    "guilds",
    metadata,
    Column("id", String, primary_key=True),
    Column("met", Moment, nullable=False),
)

settings: Final = Table(
    "settings",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", FACTS),
    Column("changed", Moment, nullable=False),
)

presets: Final = Table(
    "presets",
    metadata,
    key(),
    Column("guild", String, ForeignKey("guilds.id")),
    Column("name", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", FACTS, nullable=False),
    CheckConstraint("version >= 1", name="version"),
    _only_one("uq_presets_built_in", "name", "version", where="guild IS NULL"),
    _only_one("uq_presets_of_guild", "guild", "name", "version", where="guild IS NOT NULL"),
    sqlite_autoincrement=True,
)

retired_presets: Final = Table(
    "retired_presets",
    metadata,
    Column("preset", KEY, ForeignKey("presets.id"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
)

hidden_presets: Final = Table(
    "hidden_presets",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("at", Moment, nullable=False),
)

preset_defaults: Final = Table(
    "preset_defaults",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("channel", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("changed", Moment, nullable=False),
)

blocks: Final = Table(
    "blocks",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("member", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("since", Moment, nullable=False),
)

words: Final = Table(
    "words",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("text", Text, primary_key=True),
    one_of("kind", WordKind),
    Column("added", Moment, nullable=False),
)

sessions: Final = Table(
    "sessions",
    metadata,
    key(),
    Column("guild", String, ForeignKey("guilds.id"), nullable=False),
    Column("channel", String, nullable=False),
    Column("thread", String),
    Column("title", Text, nullable=False),
    Column("form", String, nullable=False),
    Column("premise", Text, nullable=False),
    Column("preset", KEY, ForeignKey("presets.id"), nullable=False),
    one_of("ai", AiMode),
    one_of("state", SessionState),
    Column("opener", String, nullable=False),
    Column("opener_name", String, nullable=False),
    Column("head", KEY),
    Column("created", Moment, nullable=False),
    Column("touched", Moment, nullable=False),
    ForeignKeyConstraint(["id", "head"], ["passages.session", "passages.id"], use_alter=True),
    UniqueConstraint("guild", "thread"),
    Index("ix_sessions_guild_touched", "guild", "touched"),
)

lost_threads: Final = Table(
    "lost_threads",
    metadata,
    Column("session", KEY, ForeignKey("sessions.id"), primary_key=True, autoincrement=False),
)

passages: Final = Table(
    "passages",
    metadata,
    key(),
    _session(),
    Column("parent", KEY),
    Column("text", Text, nullable=False),
    one_of("origin", Origin),
    Column("author", String, nullable=False),
    Column("author_name", String, nullable=False),
    Column("written", Moment, nullable=False),
    Column("how", KeptProvenance),
    Column("chosen_by", KEY, ForeignKey("ballots.id", use_alter=True)),
    Column("page", String),
    _passage("parent"),
    CheckConstraint("parent < id", name="parent_is_older"),
    UniqueConstraint("session", "id"),
    Index("ix_passages_session_parent", "session", "parent"),
    sqlite_autoincrement=True,
)

removals: Final = Table(
    "removals",
    metadata,
    Column("passage", KEY, ForeignKey("passages.id"), primary_key=True, autoincrement=False),
)

ballots: Final = Table(
    "ballots",
    metadata,
    key(),
    _session(),
    Column("parent", KEY),
    Column("opener", String, nullable=False),
    one_of("state", BallotState),
    Column("opened", Moment),
    Column("closes", Moment),
    Column("extended", Boolean, nullable=False),
    Column("latest_candidate", Moment),
    Column("winner", KEY),
    Column("drawn", Boolean, nullable=False),
    _passage("parent"),
    ForeignKeyConstraint(["id", "winner"], ["candidates.ballot", "candidates.passage"], use_alter=True),
    CheckConstraint("state <> 'open' OR (opened IS NOT NULL AND closes IS NOT NULL)", name="open_has_times"),
    CheckConstraint("state <> 'draft' OR opened IS NULL", name="draft_is_unopened"),
    CheckConstraint("winner IS NULL OR state = 'committed'", name="winner_is_committed"),
    _only_one("uq_ballots_current", "session", where="state IN ('draft', 'open')"),
)

candidates: Final = Table(
    "candidates",
    metadata,
    Column("ballot", KEY, ForeignKey("ballots.id"), primary_key=True),
    Column("passage", KEY, ForeignKey("passages.id"), primary_key=True),
    Column("number", Integer),
    Column("added", Moment, nullable=False),
    CheckConstraint("number >= 1", name="number"),
    UniqueConstraint("ballot", "number"),
)

votes: Final = Table(
    "votes",
    metadata,
    Column("ballot", KEY, ForeignKey("ballots.id"), primary_key=True),
    Column("member", String, primary_key=True),
    Column("choice", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    CheckConstraint("choice >= 0", name="choice"),
)

participants: Final = Table(
    "participants",
    metadata,
    Column("session", KEY, ForeignKey("sessions.id"), primary_key=True),
    Column("member", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("last_active", Moment, nullable=False),
)

deadlines: Final = Table(
    "deadlines",
    metadata,
    Column("ballot", KEY, ForeignKey("ballots.id"), primary_key=True),
    Column("due", Moment, nullable=False, index=True),
)

events: Final = Table(
    "events",
    metadata,
    key(),
    _session(),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("facts", FACTS, nullable=False),
    Index("ix_events_session_at", "session", "at"),
    sqlite_autoincrement=True,
)

audit: Final = Table(
    "audit",
    metadata,
    key(),
    Column("guild", String, ForeignKey("guilds.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("actor_name", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("facts", FACTS, nullable=False),
    Index("ix_audit_guild_at", "guild", "at"),
    sqlite_autoincrement=True,
)

jobs: Final = Table(
    "jobs",
    metadata,
    key(),
    _session(),
    Column("parent", KEY),
    Column("asker", String, nullable=False),
    Column("asker_name", String, nullable=False),
    Column("direction", Text),
    Column("wanted", Integer, nullable=False),
    Column("length", String, nullable=False),
    Column("seed", BigInteger, nullable=False),
    one_of("state", JobState),
    Column("asked", Moment, nullable=False),
    Column("ballot", KEY, ForeignKey("ballots.id")),
    Column("passage", KEY),
    Column("fault", String),
    _passage("parent"),
    _passage("passage"),
    CheckConstraint("wanted >= 1", name="wanted"),
    _only_one("uq_jobs_running", "session", where="state = 'running'"),
    sqlite_autoincrement=True,
)

outlines: Final = Table(
    "outlines",
    metadata,
    Column("job", KEY, ForeignKey("jobs.id"), primary_key=True),
    _session(),
    Column("acts", Integer, nullable=False),
    CheckConstraint("acts >= 1", name="acts"),
    Index("ix_outlines_session", "session"),
)

beats: Final = Table(
    "beats",
    metadata,
    Column("job", KEY, ForeignKey("outlines.job"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("act", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    CheckConstraint("position >= 1 AND act >= 1", name="counted"),
)

beat_marks: Final = Table(
    "beat_marks",
    metadata,
    key(),
    _session(),
    Column("job", KEY, ForeignKey("outlines.job"), nullable=False),
    Column("passage", KEY),
    Column("told", Integer, nullable=False),
    _passage("passage"),
    CheckConstraint("told >= 0", name="told"),
    Index("ix_beat_marks_job", "job"),
)

beat_edits: Final = Table(
    "beat_edits",
    metadata,
    key(),
    _session(),
    Column("job", KEY, nullable=False),
    Column("position", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("editor", String, nullable=False),
    ForeignKeyConstraint(["job", "position"], ["beats.job", "beats.position"]),
    Index("ix_beat_edits_job", "job"),
)

receipts: Final = Table(
    "receipts",
    metadata,
    Column("call", String, primary_key=True),
    Column("notice", String, nullable=False),
    Column("facts", FACTS, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)

outbox: Final = Table(
    "outbox",
    metadata,
    key(),
    _session(),
    Column("page", String, nullable=False),
    Index("ix_outbox_session_page", "session", "page"),
    sqlite_autoincrement=True,
)

shown: Final = Table(
    "shown",
    metadata,
    Column("page", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("place", String, nullable=False),
    Column("message", String),
    Column("fingerprint", String, nullable=False),
    Column("attempted", Moment, nullable=False),
    Column("gone", Boolean, nullable=False),
    CheckConstraint("part >= 0", name="part"),
    UniqueConstraint("place", "message"),
)

former_writers: Final = Table(
    "former_writers",
    metadata,
    Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("gone", Moment, nullable=False),
    CheckConstraint("number >= 1", name="number"),
)

sweeps: Final = Table(
    "sweeps",
    metadata,
    key(),
    Column("word", String, nullable=False),
    Column("asked", Moment, nullable=False),
    sqlite_autoincrement=True,
)

heard: Final = Table(
    "heard",
    metadata,
    Column("session", KEY, ForeignKey("sessions.id"), primary_key=True, autoincrement=False),
    Column("message", BigInteger, nullable=False),
)

owed: Final = Table(
    "owed",
    metadata,
    Column("call", String, primary_key=True),
    Column("token", String, nullable=False),
    Column("since", Moment, nullable=False),
)
