"""What people may ask for and how they write: pseudonyms given, files to sweep, threads heard, answers owed.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, MetaData, String, Table

revision = "0004"
down_revision = "0003"

KEY = BigInteger().with_variant(Integer, "sqlite")
MOMENT = BigInteger()

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("guilds", known, Column("id", String, primary_key=True))
    Table("sessions", known, Column("id", KEY, primary_key=True))
    former_writers = Table(
        "former_writers",
        known,
        Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("gone", MOMENT, nullable=False),
        CheckConstraint("number >= 1", name="number"),
    )
    sweeps = Table(
        "sweeps",
        known,
        Column("id", KEY, primary_key=True, autoincrement=True),
        Column("member", String, nullable=False),
        Column("asked", MOMENT, nullable=False),
        sqlite_autoincrement=True,
    )
    heard = Table(
        "heard",
        known,
        Column("session", KEY, ForeignKey("sessions.id"), primary_key=True, autoincrement=False),
        Column("message", BigInteger, nullable=False),
    )
    owed = Table(
        "owed",
        known,
        Column("call", String, primary_key=True),
        Column("token", String, nullable=False),
        Column("since", MOMENT, nullable=False),
    )
    for table in (former_writers, sweeps, heard, owed):
        table.create(op.get_bind())
