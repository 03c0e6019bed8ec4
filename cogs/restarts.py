"""After a restart: people who were told to wait by the run before get their answers."""

import logging
from collections.abc import Sequence

import aiohttp
import discord
from discord.http import Route

from bot import wording
from bot.workshop.errors import StoreError
from bot.workshop.owing import Outstanding, Owing
from cogs import phrases
from cogs.drawing import NOBODY
from cogs.escaping import safe

_log = logging.getLogger(__name__)


async def what_is_owed(owing: Owing) -> Sequence[Outstanding]:
    """Return what the run before owes; to be asked before this run lets anybody wait."""
    try:
        return await owing.outstanding()
    except StoreError as fault:
        _log.warning("answers that the run before owes are not given: %s", type(fault).__name__)
        return ()


async def give(client: discord.Client, owing: Owing, outstanding: Sequence[Outstanding]) -> None:
    """Resolve each sign of thinking, once: what was done is said, else to try again."""
    for each in outstanding:
        await _give(client, each)
        await owing.given(each.owed.call)


async def _give(client: discord.Client, each: Outstanding) -> None:
    content = safe(wording.say(each.notice)) if each.notice else phrases.RESTARTED
    original = Route(
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
        webhook_id=client.application_id or 0,
        webhook_token=each.owed.token,
    )
    message = {"content": content, "allowed_mentions": NOBODY.to_dict()}
    try:
        await client.http.request(original, json=message)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        _log.info("interaction %s: the owed answer was not taken: %s", each.owed.call, type(fault).__name__)
