"""Forms for longer texts, and how a submitted one is read, also by a process that never showed it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import discord

from bot.commands import Command, Option, named
from bot.story.manuscript import AiMode
from bot.workshop.sessions import Opening
from cogs.acting import Interaction
from cogs.buttons import ticket

FORM_CHARACTERS: Final = 4000


def passage_form(session: int) -> discord.ui.Modal:
    """Ask for a passage."""
    form = discord.ui.Modal(title="Write a passage", custom_id=ticket("write", session))
    form.add_item(field("Text", "text", long=True, hint=named("write").option("text").help))
    return form


def premise_form(title: str | None, style: str | None, ai: AiMode | None) -> discord.ui.Modal:
    """Ask for a premise; what was chosen already travels along."""
    start = named("story start")
    form = discord.ui.Modal(title="Start a story", custom_id=ticket("start", ai or ""))
    form.add_item(field("Premise", "premise", long=True, hint=start.option("premise").help))
    form.add_item(_line("Title", "title", start.option("title"), title))
    if style:
        form.add_item(_line("Style", "style", start.option("preset"), style))
    return form


def opening_form(start: Command, opening: Opening) -> discord.ui.Modal:
    """Ask for the theme of a poem or the logline of a plot; what was chosen already travels along."""
    kind, seed = start.name.split()[0], start.options[0]
    chosen = ticket("begin", opening.ai or "", opening.form, opening.acts)
    form = discord.ui.Modal(title=f"Start a {kind}", custom_id=chosen)
    form.add_item(field(seed.name.capitalize(), "premise", long=True, hint=seed.help))
    form.add_item(_line("Title", "title", start.option("title"), opening.title))
    if opening.preset:
        form.add_item(_line("Style", "style", start.option("preset"), opening.preset))
    return form


def submitted(interaction: Interaction) -> Mapping[str, str]:
    """Return what was typed, by the fields' ids."""
    data: Any = interaction.data or {}
    return dict(_values(data.get("components", [])))


def _values(components: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        if "value" in component:
            yield component["custom_id"], component["value"]
        yield from _values(component.get("components", []))
        if "component" in component:
            yield from _values([component["component"]])


def _line(label: str, name: str, option: Option, given: str | None) -> discord.ui.Label[Any]:
    most = option.max_length or FORM_CHARACTERS
    return field(label, name, hint=option.help, most=most, given=given, required=False)


def field(
    label: str,
    name: str,
    *,
    hint: str,
    long: bool = False,
    most: int = FORM_CHARACTERS,
    given: str | None = None,
    required: bool = True,
) -> discord.ui.Label[Any]:
    """Return a box to type in, with what it is called and is for."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    box = discord.ui.TextInput[Any](
        custom_id=name, style=style, max_length=most, default=given, required=required
    )
    return discord.ui.Label(text=label, description=hint, component=box)
