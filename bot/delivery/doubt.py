"""Posts in doubt: how one is named before it is sent, and recognised afterwards."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bot.delivery.sender import Seen
from bot.workshop.records import Shown

SLACK: Final = timedelta(minutes=2)
"""How far our clock and the far side's may be apart."""


def in_doubt(shown: Shown) -> bool:
    """Tell whether a post was attempted whose outcome nobody recorded."""
    return shown.message is None and not shown.gone


def looked_for_since(doubt: Shown) -> datetime:
    """Return the earliest time at which the far side may have dated the attempt."""
    return doubt.attempted - SLACK


def recognise(doubt: Shown, seen: Sequence[Seen], owned: Collection[str]) -> str | None:
    """Return the message that the attempt left: the first that looks like it and belongs to no page."""
    for one in seen:
        if one.fingerprint == doubt.fingerprint and one.message not in owned:
            return one.message
    return None


def nonce(attempt: Shown) -> str:
    """Name an attempt in 24 characters: the same for each of its retries, another when a part is sent anew or elsewhere."""
    name = f"{attempt.place}/{attempt.page}/{attempt.part}/{attempt.attempted.timestamp():.6f}"
    return blake2b(name.encode(), digest_size=12).hexdigest()
