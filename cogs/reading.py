"""Commands that read; their answers are for the asker alone."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.commands import COMMANDS
from bot.commands.catalogue import TITLE_LIMIT
from cogs import deeds, replies
from cogs.answers import Reply
from cogs.reception import Reception
from cogs.told import help_of, told


class Reading(commands.Cog):
    """``/history``, ``/sessions``, ``/export``, ``/status``, ``/help``."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.library = reception.workshop.library

    @app_commands.command(name="history", description=help_of("history"))
    @told("history")
    async def history(
        self, interaction: discord.Interaction[Any], page: app_commands.Range[int, 1] | None = None
    ) -> None:
        """Show a page of the story."""
        await deeds.show_history(self.reception, interaction, page)

    @app_commands.command(name="sessions", description=help_of("sessions"))
    async def sessions(self, interaction: discord.Interaction[Any]) -> None:
        """List the server's stories."""

        async def deed() -> Reply:
            return replies.sessions(await self.library.sessions(str(interaction.guild_id)))

        await self.reception.answer(interaction, deed())

    @app_commands.command(name="export", description=help_of("export"))
    @told("export")
    async def export(self, interaction: discord.Interaction[Any], format: str) -> None:  # noqa: ARG002  one format yet
        """Hand over the story as a file."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return replies.export(await self.library.export_markdown(act))

        await self.reception.answer(interaction, deed())

    @app_commands.command(name="status", description=help_of("status"))
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """Say how the model and the store are."""

        async def deed() -> Reply:
            return replies.status(await self.library.status(str(interaction.guild_id)))

        await self.reception.answer(interaction, deed())

    @app_commands.command(name="help", description=help_of("help"))
    @told("help")
    async def help(
        self,
        interaction: discord.Interaction[Any],
        topic: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
    ) -> None:
        """Say what one can do."""
        await deeds.show_help(interaction, topic)

    @help.autocomplete("topic")
    async def topics(self, _: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        """Complete a command's name."""
        names = [command.name for command in COMMANDS if not command.terminal_only]
        return [app_commands.Choice(name=name, value=name) for name in names if typed.casefold() in name]
