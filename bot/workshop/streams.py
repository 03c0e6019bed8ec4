"""Reading the model's answer as it grows, up to where it can be used."""

import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from bot.workshop.errors import ModelNonsense
from bot.workshop.ports import Model
from bot.workshop.records import ModelRequest

CHARACTERS_A_TOKEN: Final = 16
"""More than tokens have on the average of any text: an answer beyond it comes from a server that knows no bound."""

log = logging.getLogger(__name__)


async def heard(model: Model, request: ModelRequest, grown: Callable[[str], bool]) -> str:
    """Return the answer to a request, as much of it as came; empty where the model has nothing to say.

    ``grown`` is called with all that has come so far, and stops the model by returning False. A server that
    writes on and on, whatever it is asked for, is stopped. Raises ModelError.
    """
    raw, most = "", request.max_tokens * CHARACTERS_A_TOKEN
    try:
        async with aclosing(model.stream(request)) as pieces:
            async for piece in pieces:
                raw += piece
                if not grown(raw) or len(raw) > most:
                    break
    except ModelNonsense:
        log.info("seed %s: the model found nothing to say", request.seed)
    return raw
