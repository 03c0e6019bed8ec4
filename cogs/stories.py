"""Commands that open and close stories."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.commands.catalogue import TITLE_LIMIT
from bot.story.manuscript import AiMode
from bot.workshop.sessions import Opening
from cogs import deeds
from cogs.acting import must_hold_a_story
from cogs.answers import Answer, Manner
from cogs.reception import Reception
from cogs.told import help_of, told
from cogs.views.forms import premise_form


class Stories(commands.Cog):
    """``/story start`` and ``/finish``."""

    story = app_commands.Group(name="story", description="Stories that a group writes together.")

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    @story.command(name="start", description=help_of("story start"))
    @told("story start")
    async def start(
        self,
        interaction: discord.Interaction[Any],
        premise: str | None = None,
        title: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        preset: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        ai: str | None = None,
    ) -> None:
        """Start a story, or show the form for its premise."""
        mode = AiMode(ai) if ai else None
        if premise is None:
            must_hold_a_story(interaction)
            await Answer(interaction, Manner.PRIVATELY).ask(premise_form(title, preset, mode))
            return
        opening = Opening(premise=premise, title=title, preset=preset, ai=mode)
        await deeds.start(self.reception, interaction, opening)

    @start.autocomplete("preset")
    async def presets(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Complete the name of a style."""
        return await deeds.styles(self.reception, interaction, typed)

    @app_commands.command(name="finish", description=help_of("finish"))
    async def finish(self, interaction: discord.Interaction[Any]) -> None:
        """Finish the story, after a question."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.reception.workshop.sessions.finish(act))
