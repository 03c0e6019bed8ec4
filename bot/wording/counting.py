"""Numbers, lists and moments as they are read."""

from collections.abc import Sequence
from datetime import UTC, datetime


def count(number: int, thing: str, things: str | None = None) -> str:
    """Return ``1 vote``, ``2 votes``; ``things`` where the plural is irregular."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def either(options: Sequence[str]) -> str:
    """Return ``a``, ``a or b``, ``a, b or c``."""
    *most, last = options
    return f"{', '.join(most)} or {last}" if most else last


def moment(at: datetime) -> str:
    """Return the time of day, in UTC as everybody's clock is different."""
    return f"{at.astimezone(UTC):%H:%M} UTC"
