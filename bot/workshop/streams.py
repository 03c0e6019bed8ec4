"""Reading the model's answer as it grows, up to where it can be used."""

import logging
from collections.abc import Callable
from contextlib import aclosing

from bot.workshop.errors import ModelNonsense
from bot.workshop.ports import Model
from bot.workshop.records import ModelRequest

log = logging.getLogger(__name__)


async def heard(model: Model, request: ModelRequest, grown: Callable[[str], bool]) -> str:
    """Return the answer to a request, as much of it as came; empty where the model has nothing to say.

    ``grown`` is called with all that has come so far, and stops the model by returning False.
    Raises ModelError.
    """
    raw = ""
    try:
        async with aclosing(model.stream(request)) as pieces:
            async for piece in pieces:
                raw += piece
                if not grown(raw):
                    break
    except ModelNonsense:
        log.info("seed %s: the model found nothing to say", request.seed)
    return raw
