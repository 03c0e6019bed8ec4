"""Commands that keep a server's order. Discord hides them from others; the workshop refuses others."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.story.house_rules import KEYS
from bot.story.text import excerpt
from bot.story.wordlist import MOST_CHARACTERS, WordKind
from bot.wording.lists import audit_page, beside_line, blocked_people, settings_list, texts_beside, word_list
from bot.workshop.errors import WorkshopError
from bot.workshop.rulings import PassageRemoved
from cogs.acting import channels_of, somebody
from cogs.answers import Reply
from cogs.deeds import SUGGESTED
from cogs.listings import listing
from cogs.reception import Reception
from cogs.told import help_of, told

MODERATORS = discord.Permissions(manage_guild=True)
Text = app_commands.Range[str, 1, 100]
Entry = app_commands.Range[str, 1, MOST_CHARACTERS]
Ask = discord.Interaction[Any]


class Moderating(commands.Cog):
    """``/settings``, ``/audit``, ``/remove``, ``/wordlist``, ``/block``."""

    settings = app_commands.Group(
        name="settings", description="How this server is set up.", default_permissions=MODERATORS
    )
    wordlist = app_commands.Group(
        name="wordlist", description="Words kept out of stories.", default_permissions=MODERATORS
    )
    block = app_commands.Group(
        name="block", description="People who may not take part.", default_permissions=MODERATORS
    )

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self.house = reception.workshop.house
        self.moderation = reception.workshop.moderation

    @settings.command(name="show", description=help_of("settings show"))
    async def show(self, interaction: Ask) -> None:
        """Show the settings."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing(settings_list(await self.house.settings(act)), "settings.txt")

        await self.reception.answer(interaction, deed())

    @settings.command(name="set", description=help_of("settings set"))
    @told("settings set")
    async def set(self, interaction: Ask, key: Text, value: Text) -> None:
        """Change a setting."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.house.set(act, key, value))

    @set.autocomplete("key")
    async def keys(self, _: Ask, typed: str) -> list[app_commands.Choice[str]]:
        """Complete a setting's key."""
        return [app_commands.Choice(name=key, value=key) for key in KEYS if typed.casefold() in key]

    @app_commands.command(name="audit", description=help_of("audit"))
    @app_commands.default_permissions(MODERATORS)
    @told("audit")
    async def audit(self, interaction: Ask, page: app_commands.Range[int, 1] | None = None) -> None:
        """Show who changed what."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            found = await self.house.audit(act, page or 1)
            return listing(audit_page(found, channels_of(interaction.guild)), "audit.txt")

        await self.reception.answer(interaction, deed())

    @app_commands.command(name="remove", description=help_of("remove"))
    @app_commands.default_permissions(MODERATORS)
    @told("remove")
    async def remove(
        self,
        interaction: Ask,
        passage: app_commands.Range[int, 1] | None = None,
        beside: app_commands.Range[int, 1] | None = None,
    ) -> None:
        """Take out a text, or list those beside the story."""
        act, removing = self.reception.act(interaction), self.reception.workshop.removing

        async def deed() -> Reply | PassageRemoved:
            removed = await removing.one(act, passage, beside)
            return removed or listing(texts_beside(await removing.texts(act)), "texts.txt")

        await self.reception.answer(interaction, deed())

    @remove.autocomplete("beside")
    async def texts(self, interaction: Ask, typed: str) -> list[app_commands.Choice[int]]:
        """Complete the number of a text beside the story."""
        try:
            found = await self.reception.workshop.removing.texts(self.reception.act(interaction))
        except WorkshopError:
            return []
        lines = [(beside_line(item), item.passage.id) for item in found]
        fitting = [(line, number) for line, number in lines if typed.casefold() in line.casefold()]
        return [
            app_commands.Choice(name=excerpt(line, 100), value=number) for line, number in fitting[:SUGGESTED]
        ]

    @wordlist.command(name="add", description=help_of("wordlist add"))
    @told("wordlist add")
    async def list_word(self, interaction: Ask, text: Entry, kind: str = WordKind.WORD.value) -> None:
        """Keep a word out of stories."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.moderation.add_word(act, text, WordKind(kind)))

    @wordlist.command(name="remove", description=help_of("wordlist remove"))
    @told("wordlist remove")
    async def unlist_word(self, interaction: Ask, text: Entry) -> None:
        """Let a word stand in stories again."""
        act = self.reception.act(interaction)
        await self.reception.answer(interaction, self.moderation.remove_word(act, text))

    @wordlist.command(name="list", description=help_of("wordlist list"))
    async def words(self, interaction: Ask) -> None:
        """List what is kept out of stories."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing(word_list(await self.moderation.words(act)), "words.txt")

        await self.reception.answer(interaction, deed())

    @block.command(name="add", description=help_of("block add"))
    @told("block add")
    async def block_person(self, interaction: Ask, user: discord.User) -> None:
        """Let somebody take part no more."""
        act, person = self.reception.act(interaction), somebody(user, self.reception.role)
        await self.reception.answer(interaction, self.moderation.block(act, person))

    @block.command(name="remove", description=help_of("block remove"))
    @told("block remove")
    async def unblock_person(self, interaction: Ask, user: discord.User) -> None:
        """Let somebody take part again."""
        act, person = self.reception.act(interaction), somebody(user, self.reception.role)
        await self.reception.answer(interaction, self.moderation.unblock(act, person))

    @block.command(name="list", description=help_of("block list"))
    async def blocked(self, interaction: Ask) -> None:
        """List who may not take part."""
        act = self.reception.act(interaction)

        async def deed() -> Reply:
            return listing(blocked_people(await self.moderation.blocked(act)), "blocked.txt")

        await self.reception.answer(interaction, deed())
