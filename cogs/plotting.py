"""Commands for a plot's outline."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.forms.outline import MOST_BEAT
from bot.wording.plans import outline_lines
from cogs.answers import Reply
from cogs.listings import listing
from cogs.reception import Reception
from cogs.told import help_of, told

Ask = discord.Interaction[Any]


class Plotting(commands.Cog):
    """``/beat list``, ``next``, ``back``, ``edit``."""

    beat = app_commands.Group(name="beat", description="The outline that a plot follows.")

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.beats = reception.workshop.beats

    @beat.command(name="list", description=help_of("beat list"))
    async def list_(self, interaction: Ask) -> None:
        """Show the outline."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing(outline_lines(await self.reception.workshop.library.plan(act)), "outline.txt")

        await self.reception.answer(interaction, deed())

    @beat.command(name="next", description=help_of("beat next"))
    async def next_(self, interaction: Ask) -> None:
        """Pass on to the next beat."""
        await self.reception.answer(interaction, self.beats.next(self.reception.act(interaction)))

    @beat.command(name="back", description=help_of("beat back"))
    async def back(self, interaction: Ask) -> None:
        """Go back to the beat before."""
        await self.reception.answer(interaction, self.beats.back(self.reception.act(interaction)))

    @beat.command(name="edit", description=help_of("beat edit"))
    @told("beat edit")
    async def edit(
        self,
        interaction: Ask,
        text: app_commands.Range[str, 1, MOST_BEAT],
        beat: app_commands.Range[int, 1] | None = None,
    ) -> None:
        """Change a beat."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.beats.edit(act, text, beat), text=text)
