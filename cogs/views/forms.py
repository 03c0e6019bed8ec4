"""Forms for longer texts, and how a submitted one is read, also by a process that never showed it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import discord

from bot.commands import Option, named
from bot.story.manuscript import AiMode
from cogs.acting import Interaction
from cogs.buttons import ticket

FORM_CHARACTERS: Final = 4000


def passage_form(session: int) -> discord.ui.Modal:
    """Ask for a passage."""
    form = discord.ui.Modal(title="Write a passage", custom_id=ticket("write", session))
    form.add_item(_field("Text", "text", long=True, hint=named("write").option("text").help))
    return form


def premise_form(title: str | None, style: str | None, ai: AiMode) -> discord.ui.Modal:
    """Ask for a premise; what was chosen already travels along."""
    start = named("story start")
    form = discord.ui.Modal(title="Start a story", custom_id=ticket("start", ai))
    form.add_item(_field("Premise", "premise", long=True, hint=start.option("premise").help))
    form.add_item(_line("Title", "title", start.option("title"), title))
    if style:
        form.add_item(_line("Style", "style", start.option("preset"), style))
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
    return _field(label, name, hint=option.help, most=most, given=given, required=False)


def _field(
    label: str,
    name: str,
    *,
    hint: str,
    long: bool = False,
    most: int = FORM_CHARACTERS,
    given: str | None = None,
    required: bool = True,
) -> discord.ui.Label[Any]:
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    box = discord.ui.TextInput[Any](
        custom_id=name, style=style, max_length=most, default=given, required=required
    )
    return discord.ui.Label(text=label, description=hint, component=box)
