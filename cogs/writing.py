"""Commands that write: people's own, the model's, and taking back."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.commands.catalogue import LINE_LIMIT
from cogs import deeds
from cogs.reception import Reception
from cogs.told import help_of, told


class Writing(commands.Cog):
    """``/write``, ``/continue``, ``/propose``, ``/undo``, ``/retry``."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.workshop = reception.workshop

    @app_commands.command(name="write", description=help_of("write"))
    @told("write")
    async def write(
        self,
        interaction: discord.Interaction[Any],
        text: str | None = None,
    ) -> None:
        """Add a passage, or show the form for one."""
        if text is None:
            await deeds.ask_for_passage(self.reception, interaction)
        else:
            await deeds.write(self.reception, interaction, text)

    @app_commands.command(name="continue", description=help_of("continue"))
    @told("continue")
    async def continue_(
        self,
        interaction: discord.Interaction[Any],
        direction: app_commands.Range[str, 1, LINE_LIMIT] | None = None,
        candidates: app_commands.Range[int, 1, 4] | None = None,
        length: str = "medium",
    ) -> None:
        """Let the model go on."""
        act = self.reception.act(interaction)
        asking = self.workshop.drafting.ask(act, direction, candidates, length)
        await self.reception.answer(interaction, asking)

    @app_commands.command(name="propose", description=help_of("propose"))
    @told("propose")
    async def propose(self, interaction: discord.Interaction[Any], text: str) -> None:
        """Put a text to the vote."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.workshop.writing.propose(act, text), text=text)

    @app_commands.command(name="undo", description=help_of("undo"))
    async def undo(self, interaction: discord.Interaction[Any]) -> None:
        """Take back the newest passage."""
        await self.reception.answer(interaction, self.workshop.writing.undo(self.reception.act(interaction)))

    @app_commands.command(name="retry", description=help_of("retry"))
    async def retry(self, interaction: discord.Interaction[Any]) -> None:
        """Let the model write its passage anew."""
        await self.reception.answer(
            interaction, self.workshop.drafting.retry(self.reception.act(interaction))
        )
