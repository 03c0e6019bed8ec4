"""Commands about styles; listing them is for everybody, changing them for moderators."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.story.styling import ABOUT_CHARACTERS, ADAPTER_CHARACTERS, VOICE_CHARACTERS, Change
from bot.wording.lists import preset_list, preset_sheet
from cogs import deeds
from cogs.answers import Answer, Manner, Reply
from cogs.listings import listing
from cogs.reception import Reception
from cogs.told import help_of, told
from cogs.views.styles import changed_style, new_style

Name = app_commands.Range[str, 1, 100]
Voice = app_commands.Range[str, 1, VOICE_CHARACTERS]
About = app_commands.Range[str, 1, ABOUT_CHARACTERS]
Adapter = app_commands.Range[str, 1, ADAPTER_CHARACTERS]
Ask = discord.Interaction[Any]


class Presets(commands.Cog):
    """``/preset list``, ``show``, ``create``, ``edit``, ``delete``, ``default``."""

    preset = app_commands.Group(name="preset", description="The styles that stories are written in.")

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.shelf = reception.workshop.presets

    @preset.command(name="list", description=help_of("preset list"))
    async def list_(self, interaction: Ask) -> None:
        """List the styles."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing(preset_list(await self.shelf.list(act)), "styles.txt")

        await self.reception.answer(interaction, deed())

    @preset.command(name="show", description=help_of("preset show"))
    @told("preset show")
    async def show(self, interaction: Ask, name: Name) -> None:
        """Show a style."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing([preset_sheet(await self.shelf.show(act, name))], "style.txt")

        await self.reception.answer(interaction, deed())

    @preset.command(name="create", description=help_of("preset create"))
    @told("preset create")
    async def create(
        self,
        interaction: Ask,
        name: Name,
        like: Name | None = None,
        voice: Voice | None = None,
        about: About | None = None,
        adapter: Adapter | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        repetition_penalty: float | None = None,
        short: int | None = None,
        medium: int | None = None,
        long: int | None = None,
    ) -> None:
        """Make a style, show the form for its voice, or offer a hidden style again."""
        act = self.reception.act(interaction)
        change = Change(
            voice, about, adapter, temperature, top_p, min_p, repetition_penalty, short, medium, long
        )
        if voice is None and like is None:
            hidden = await self.shelf.hides(act, name)
            if change != Change() or not hidden:
                await Answer(interaction, Manner.PRIVATELY).ask(new_style(name, change))
                return
        await self.reception.answer(interaction, self.shelf.create(act, name, change, like), text=voice)

    @preset.command(name="edit", description=help_of("preset edit"))
    @told("preset edit")
    async def edit(
        self,
        interaction: Ask,
        name: Name,
        voice: Voice | None = None,
        about: About | None = None,
        adapter: Adapter | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        min_p: float | None = None,
        repetition_penalty: float | None = None,
        short: int | None = None,
        medium: int | None = None,
        long: int | None = None,
    ) -> None:
        """Change a style, or show the form for its voice where nothing else is named."""
        act = self.reception.act(interaction)
        change = Change(
            voice, about, adapter, temperature, top_p, min_p, repetition_penalty, short, medium, long
        )
        if change == Change():
            own = await self.shelf.changeable(act, name)
            await Answer(interaction, Manner.PRIVATELY).ask(changed_style(own))
            return
        await self.reception.answer(interaction, self.shelf.edit(act, name, change), text=voice)

    @preset.command(name="delete", description=help_of("preset delete"))
    @told("preset delete")
    async def delete(self, interaction: Ask, name: Name) -> None:
        """Offer a style no longer."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.shelf.delete(act, name))

    @preset.command(name="default", description=help_of("preset default"))
    @told("preset default")
    async def default(self, interaction: Ask, name: Name, scope: str = "server") -> None:
        """Choose the style of new stories, or of this one."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.shelf.choose(act, name, scope))

    @show.autocomplete("name")
    @create.autocomplete("like")
    @edit.autocomplete("name")
    @delete.autocomplete("name")
    @default.autocomplete("name")
    async def names(self, interaction: Ask, typed: str) -> list[app_commands.Choice[str]]:
        """Complete the name of a style."""
        return await deeds.styles(self.reception, interaction, typed)

    @create.autocomplete("adapter")
    @edit.autocomplete("adapter")
    async def adapters(self, interaction: Ask, typed: str) -> list[app_commands.Choice[str]]:
        """Complete the name of an adapter."""
        return await deeds.adapters(self.reception, interaction, typed)
