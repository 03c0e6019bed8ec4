"""Which adapters a style may have: those that the model server lists, where it can be asked."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.workshop.errors import ModelError
from bot.workshop.ports import Model
from bot.workshop.refusals import NoSuchAdapter

ASK_SECONDS: Final = 2.0


async def listed(model: Model) -> Sequence[str] | None:
    """Return the names of the adapters, None where the server cannot be asked just now."""
    try:
        async with asyncio.timeout(ASK_SECONDS):
            return await model.adapters()
    except (ModelError, TimeoutError):
        return None


def must_be_listed(adapter: str, known: Sequence[str] | None) -> None:
    """Check that an adapter is there, as far as that is known. Raises NoSuchAdapter."""
    if adapter and known is not None and adapter not in known:
        raise NoSuchAdapter(name=adapter, known=tuple(known))
