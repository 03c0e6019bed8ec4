"""Commands about each person's own data; their answers are for the asker alone."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.story.people import Member
from bot.story.privacy import Keep
from cogs import replies
from cogs.answers import Reply
from cogs.reception import Reception
from cogs.told import help_of, told


class Personal(commands.Cog):
    """``/privacy info`` and ``/privacy delete``."""

    privacy = app_commands.Group(name="privacy", description="What is kept of you, and having it deleted.")

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.room = reception.workshop.privacy

    @privacy.command(name="info", description=help_of("privacy info"))
    @told("privacy info")
    async def info(self, interaction: discord.Interaction[Any], user: discord.User | None = None) -> None:
        """Tell what is kept."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return replies.privacy(await self.room.info(act, _whose(user)))

        await self.reception.answer(interaction, deed())

    @privacy.command(name="delete", description=help_of("privacy delete"))
    @told("privacy delete")
    async def delete(
        self, interaction: discord.Interaction[Any], keep: str, user: discord.User | None = None
    ) -> None:
        """Ask whether to delete."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.room.delete(act, Keep(keep), whose=_whose(user)))


def _whose(user: discord.User | None) -> Member | None:
    return Member(id=str(user.id), name=user.display_name) if user else None
