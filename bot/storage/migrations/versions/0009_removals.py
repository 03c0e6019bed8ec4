"""Which texts moderators took out: so far that was told by whether their writers were still there.

A text is gone by a moderator's hand where its writer is still there, or left and let their words stay.
A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table

revision = "0009"
down_revision = "0008"

KEY = BigInteger().with_variant(Integer, "sqlite")

NAMES = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s"}

TOLD_BY_THEIR_WRITERS = """
    INSERT INTO removals (passage)
    SELECT passages.id FROM passages JOIN sessions ON sessions.id = passages.session
    WHERE passages.text = '' AND (passages.author NOT LIKE 'former:%' OR passages.origin = 'model' OR EXISTS (
        SELECT 1 FROM audit WHERE audit.guild = sessions.guild AND audit.actor = passages.author
        AND audit.kind = 'privacy-delete' AND json_extract(audit.facts, '$.keep') = 'text'))
"""


def upgrade() -> None:
    known = MetaData(naming_convention=NAMES)
    Table("passages", known, Column("id", KEY, primary_key=True))
    removals = Table(
        "removals",
        known,
        Column("passage", KEY, ForeignKey("passages.id"), primary_key=True, autoincrement=False),
    )
    removals.create(op.get_bind())
    op.execute(TOLD_BY_THEIR_WRITERS)
