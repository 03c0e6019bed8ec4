"""Files are swept of removed texts too, no longer of members alone.

A frozen copy: schema.py moves on, this stays what it was.
"""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE sweeps RENAME COLUMN member TO word")
