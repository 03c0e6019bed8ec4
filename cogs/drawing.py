"""Sheets as discord.py's objects, and messages read back as fingerprints."""

import io
from collections.abc import Iterable
from typing import Final

import discord

from cogs.sheets import Button, Card, Look, Rows, fingerprint

NOBODY: Final = discord.AllowedMentions.none()

_STYLES: Final = {
    Look.CALM: discord.ButtonStyle.secondary,
    Look.FIRST: discord.ButtonStyle.primary,
    Look.GRAVE: discord.ButtonStyle.danger,
}


def view(rows: Rows) -> discord.ui.View | None:
    """Return the buttons as a view that listens to nothing: presses are found by the buttons' ids.

    A view that listens would be kept in memory for every message, and its end would take the
    handlers of all other buttons with it.
    """
    if not rows:
        return None
    drawn = discord.ui.View(timeout=None)
    for at, row in enumerate(rows):
        for button in row:
            drawn.add_item(_button(button, at))
    drawn.stop()
    return drawn


def embeds(cards: Iterable[Card]) -> list[discord.Embed]:
    """Return the cards as embeds."""
    return [_embed(card) for card in cards]


def file(name: str, text: str) -> discord.File:
    """Return a text as an attachment."""
    return discord.File(io.BytesIO(text.encode()), filename=name)


def seen(message: discord.Message) -> str:
    """Return the fingerprint of a message as it stands in the channel."""
    cards = [
        (embed.title or "", embed.description or "", embed.footer.text or "") for embed in message.embeds
    ]
    components = [
        child.custom_id or ""
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for child in row.children
    ]
    return fingerprint(message.content, cards, components)


def _button(button: Button, row: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(label=button.label, custom_id=button.id, style=_STYLES[button.look], row=row)


def _embed(card: Card) -> discord.Embed:
    colour = discord.Colour.green() if card.marked else None
    embed = discord.Embed(title=card.title or None, description=card.text or None, colour=colour)
    if card.footer:
        embed.set_footer(text=card.footer)
    return embed
