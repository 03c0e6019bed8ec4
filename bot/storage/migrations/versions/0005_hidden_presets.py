"""Built-in presets that a server does not want to see.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, String, Table

revision = "0005"
down_revision = "0004"

NAMES = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("guilds", known, Column("id", String, primary_key=True))
    hidden = Table(
        "hidden_presets",
        known,
        Column("guild", String, ForeignKey("guilds.id"), primary_key=True),
        Column("name", String, primary_key=True),
        Column("at", BigInteger(), nullable=False),
    )
    hidden.create(op.get_bind())
