"""Forms for a style's voice. Numbers that were given already travel in the form's id, an adapter in a field."""

from dataclasses import replace
from typing import Any, Final

import discord

from bot.story.presets import Preset
from bot.story.styling import (
    ABOUT_CHARACTERS,
    ADAPTER_CHARACTERS,
    BOUNDS,
    NAME_CHARACTERS,
    VOICE_CHARACTERS,
    Change,
)
from cogs.acting import Interaction
from cogs.buttons import Ticket, ticket
from cogs.reception import Reception
from cogs.views.forms import field, submitted

_WHOLE: Final = frozenset({"short", "medium", "long"})


def new_style(name: str, so_far: Change) -> discord.ui.Modal:
    """Ask for the voice of a new style."""
    given = (getattr(so_far, bound.name) for bound in BOUNDS)
    carried = ("" if value is None else f"{value:g}" for value in given)
    form = discord.ui.Modal(title="Make a style", custom_id=ticket("style", "create", *carried))
    hint = "Lower-case letters, digits and hyphens."
    form.add_item(field("Name", "name", hint=hint, most=NAME_CHARACTERS, given=name[:NAME_CHARACTERS]))
    _look(form, voice=None, about=so_far.about)
    if so_far.adapter is not None:
        hint, most = "The model server's adapter that it is written with.", ADAPTER_CHARACTERS
        form.add_item(field("Adapter", "adapter", hint=hint, most=most, given=so_far.adapter, required=False))
    return form


def changed_style(preset: Preset) -> discord.ui.Modal:
    """Ask for another voice of a style."""
    form = discord.ui.Modal(title="Change a style", custom_id=ticket("style", "edit", preset.name))
    return _look(form, voice=preset.voice, about=preset.about)


async def take_in(reception: Reception, interaction: Interaction, of: Ticket) -> None:
    """Keep what a form says of a style."""
    typed = submitted(interaction)
    act, shelf = reception.act(interaction), reception.workshop.presets
    voice, about = typed.get("voice", ""), typed.get("about", "")
    if of.parts[0] == "edit":
        keeping = shelf.edit(act, of.parts[1], Change(voice=voice, about=about))
    else:
        change = _with_numbers(of.parts[1:], Change(voice, about, typed.get("adapter")))
        keeping = shelf.create(act, typed.get("name", ""), change)
    await reception.answer(interaction, keeping, text=voice)


def _look(form: discord.ui.Modal, voice: str | None, about: str | None) -> discord.ui.Modal:
    hint = "How the model should write, as you would tell a writer."
    form.add_item(field("Voice", "voice", long=True, hint=hint, most=VOICE_CHARACTERS, given=voice))
    hint = "What the style is like, in a line."
    form.add_item(field("About", "about", hint=hint, most=ABOUT_CHARACTERS, given=about, required=False))
    return form


def _with_numbers(parts: tuple[str, ...], texts: Change) -> Change:
    numbers: dict[str, Any] = {
        bound.name: int(part) if bound.name in _WHOLE else float(part)
        for bound, part in zip(BOUNDS, parts, strict=True)
        if part
    }
    return replace(texts, **numbers)
