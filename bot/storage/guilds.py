"""The guilds that the other tables refer to."""

from datetime import datetime

from sqlalchemy import select

from bot.storage.link import Link
from bot.storage.schema import guilds


async def meet(link: Link, guild: str, at: datetime) -> None:
    """Note the guild when it is seen for the first time."""
    if await link.value(select(guilds.c.id).where(guilds.c.id == guild)) is None:
        await link.insert(guilds, id=guild, met=at)
