"""What people do to an outline: moving on or back in it, and changing a beat.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import (
    BigInteger,
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
)

revision = "0007"
down_revision = "0006"

KEY = BigInteger().with_variant(Integer, "sqlite")

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("sessions", known, Column("id", KEY, primary_key=True))
    Table("outlines", known, Column("job", KEY, primary_key=True))
    Table("passages", known, Column("id", KEY, primary_key=True), Column("session", KEY))
    Table("beats", known, Column("job", KEY, primary_key=True), Column("position", Integer, primary_key=True))
    marks = Table(
        "beat_marks",
        known,
        Column("id", KEY, primary_key=True),
        Column("session", KEY, ForeignKey("sessions.id"), nullable=False),
        Column("job", KEY, ForeignKey("outlines.job"), nullable=False),
        Column("passage", KEY),
        Column("told", Integer, nullable=False),
        ForeignKeyConstraint(["session", "passage"], ["passages.session", "passages.id"]),
        CheckConstraint("told >= 0", name="told"),
        Index("ix_beat_marks_job", "job"),
    )
    edits = Table(
        "beat_edits",
        known,
        Column("id", KEY, primary_key=True),
        Column("session", KEY, ForeignKey("sessions.id"), nullable=False),
        Column("job", KEY, nullable=False),
        Column("position", Integer, nullable=False),
        Column("text", Text, nullable=False),
        Column("editor", String, nullable=False),
        ForeignKeyConstraint(["job", "position"], ["beats.job", "beats.position"]),
        Index("ix_beat_edits_job", "job"),
    )
    for table in (marks, edits):
        table.create(op.get_bind())
