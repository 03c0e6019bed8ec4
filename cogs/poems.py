"""Commands that begin poems and plots."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.commands import named
from bot.commands.catalogue import TITLE_LIMIT
from bot.forms import PLOT
from bot.forms.free_verse import FREE_VERSE
from bot.forms.plot import LEAST_ACTS, MOST_ACTS, USUAL_ACTS
from bot.story.manuscript import AiMode
from bot.workshop.sessions import Opening
from cogs import deeds
from cogs.acting import must_hold_a_story
from cogs.answers import Answer, Manner
from cogs.reception import Reception
from cogs.told import help_of, told
from cogs.views.forms import opening_form


class Poems(commands.Cog):
    """``/poem start`` and ``/plot start``."""

    poem = app_commands.Group(name="poem", description="Poems that a group writes together.")
    plot = app_commands.Group(name="plot", description="Stories that follow an outline.")

    def __init__(self, reception: Reception) -> None:
        self.reception = reception

    @poem.command(name="start", description=help_of("poem start"))
    @told("poem start")
    async def start_poem(
        self,
        interaction: discord.Interaction[Any],
        theme: str | None = None,
        form: str = FREE_VERSE.name,
        title: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        preset: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        ai: str | None = None,
    ) -> None:
        """Start a poem, or show the form for its theme."""
        opening = Opening(theme or "", title, preset, AiMode(ai) if ai else None, form)
        await self._start(interaction, opening, "poem start", asked=theme is None)

    @plot.command(name="start", description=help_of("plot start"))
    @told("plot start")
    async def start_plot(
        self,
        interaction: discord.Interaction[Any],
        logline: str | None = None,
        acts: app_commands.Range[int, LEAST_ACTS, MOST_ACTS] = USUAL_ACTS,
        title: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        preset: app_commands.Range[str, 1, TITLE_LIMIT] | None = None,
        ai: str | None = None,
    ) -> None:
        """Start a plot, or show the form for its logline."""
        opening = Opening(logline or "", title, preset, AiMode(ai) if ai else None, PLOT.name, acts)
        await self._start(interaction, opening, "plot start", asked=logline is None)

    async def _start(
        self, interaction: discord.Interaction[Any], opening: Opening, command: str, *, asked: bool
    ) -> None:
        if not asked:
            await deeds.start(self.reception, interaction, opening)
            return
        must_hold_a_story(interaction)
        await Answer(interaction, Manner.PRIVATELY).ask(opening_form(named(command), opening))

    @start_poem.autocomplete("preset")
    @start_plot.autocomplete("preset")
    async def presets(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Complete the name of a style."""
        return await deeds.styles(self.reception, interaction, typed)
