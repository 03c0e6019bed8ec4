"""Which sessions have lost their threads.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table

revision = "0008"
down_revision = "0007"

KEY = BigInteger().with_variant(Integer, "sqlite")

NAMES = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("sessions", known, Column("id", KEY, primary_key=True))
    lost = Table(
        "lost_threads",
        known,
        Column("session", KEY, ForeignKey("sessions.id"), primary_key=True, autoincrement=False),
    )
    lost.create(op.get_bind())
