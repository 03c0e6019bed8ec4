"""Presets of a server and what its moderators decide: defaults, retired presets, blocks, listed words.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, Enum, ForeignKey, Integer, MetaData, String, Table, Text

revision = "0003"
down_revision = "0002"

KEY = BigInteger().with_variant(Integer, "sqlite")
MOMENT = BigInteger()
KIND = Enum("word", "pattern", name="kind", native_enum=False, create_constraint=True, length=16)

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("guilds", known, Column("id", String, primary_key=True))
    Table("presets", known, Column("id", KEY, primary_key=True))
    retired = Table(
        "retired_presets",
        known,
        Column("preset", KEY, ForeignKey("presets.id"), primary_key=True, autoincrement=False),
        Column("at", MOMENT, nullable=False),
    )
    defaults = Table(
        "preset_defaults",
        known,
        _guild(),
        Column("channel", String, primary_key=True),
        Column("name", String, nullable=False),
        Column("changed", MOMENT, nullable=False),
    )
    blocks = Table(
        "blocks",
        known,
        _guild(),
        Column("member", String, primary_key=True),
        Column("name", String, nullable=False),
        Column("since", MOMENT, nullable=False),
    )
    words = Table(
        "words",
        known,
        _guild(),
        Column("text", Text, primary_key=True),
        Column("kind", KIND, nullable=False),
        Column("added", MOMENT, nullable=False),
    )
    for table in (retired, defaults, blocks, words):
        table.create(op.get_bind())


def _guild() -> Column[str]:
    return Column("guild", String, ForeignKey("guilds.id"), primary_key=True)
