"""Discord's faults in delivery's terms."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import discord

from bot.delivery.sender import (
    DeliveryFault,
    Forbidden,
    MessageGone,
    PlaceGone,
    Refused,
    TooOld,
    Unsure,
)

THREAD_ARCHIVED: Final = 50083
THREAD_EXISTS: Final = 160004

_BY_CODE: Final[dict[int, type[DeliveryFault]]] = {
    10003: PlaceGone,  # unknown channel
    10004: PlaceGone,  # unknown guild
    10008: MessageGone,  # unknown message
    30046: TooOld,  # too many edits to a message older than an hour
    50001: Forbidden,  # missing access
    50013: Forbidden,  # missing permissions
    160005: Forbidden,  # the thread is locked
    160006: Forbidden,  # as many active threads as a guild may have
}


@contextmanager
def in_delivery_terms() -> Iterator[None]:
    """Raise a DeliveryFault for whatever discord.py or the network raises inside."""
    try:
        yield
    except discord.HTTPException as fault:
        raise translated(fault)(str(fault)) from fault
    except (discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise Unsure(repr(fault)) from fault


def translated(fault: discord.HTTPException) -> type[DeliveryFault]:
    """Say what an answer of Discord means: by its code, else by its status."""
    if fault.code in _BY_CODE:
        return _BY_CODE[fault.code]
    if fault.status in (401, 403):
        return Forbidden
    if 400 <= fault.status < 500 and fault.status not in (404, 408, 429):
        return Refused
    return Unsure
