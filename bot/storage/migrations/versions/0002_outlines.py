"""Outlines: jobs that draft a plot's plan, and the beats that they left.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, MetaData, Table, Text

revision = "0002"
down_revision = "0001"

KEY = BigInteger().with_variant(Integer, "sqlite")

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    for name in ("sessions", "jobs"):
        Table(name, known, Column("id", KEY, primary_key=True))
    outlines = Table(
        "outlines",
        known,
        Column("job", KEY, ForeignKey("jobs.id"), primary_key=True),
        Column("session", KEY, ForeignKey("sessions.id"), nullable=False, index=True),
        Column("acts", Integer, nullable=False),
        CheckConstraint("acts >= 1", name="acts"),
    )
    beats = Table(
        "beats",
        known,
        Column("job", KEY, ForeignKey("outlines.job"), primary_key=True),
        Column("position", Integer, primary_key=True),
        Column("act", Integer, nullable=False),
        Column("title", Text, nullable=False),
        Column("text", Text, nullable=False),
        CheckConstraint("position >= 1 AND act >= 1", name="counted"),
    )
    for table in (outlines, beats):
        table.create(op.get_bind())
