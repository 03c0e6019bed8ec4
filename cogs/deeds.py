"""Deeds that commands, buttons and forms share."""

from collections.abc import Sequence
from typing import Final

from discord import app_commands

from bot.story.manuscript import SessionState
from bot.story.styling import NO_ADAPTER
from bot.workshop.errors import SessionOver
from bot.workshop.notices import SessionStarted
from bot.workshop.sessions import Opening
from cogs import replies
from cogs.acting import Interaction, must_hold_a_story
from cogs.answers import Answer, Manner, Reply
from cogs.reception import Reception
from cogs.views.forms import passage_form

SUGGESTED: Final = 25


async def start(reception: Reception, interaction: Interaction, opening: Opening) -> None:
    """Start a session here, if a story can live here."""
    act = reception.act(interaction)

    async def deed() -> SessionStarted:
        must_hold_a_story(interaction)
        return await reception.workshop.sessions.start(act, opening)

    await reception.answer(interaction, deed(), text=opening.premise)


async def styles(
    reception: Reception, interaction: Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Complete the name of a style."""
    return _matching(typed, await reception.workshop.library.presets(str(interaction.guild_id)))


async def adapters(
    reception: Reception, interaction: Interaction, typed: str
) -> list[app_commands.Choice[str]]:
    """Complete the name of an adapter, or that there is to be none."""
    known = await reception.workshop.presets.adapters(reception.act(interaction))
    return _matching(typed, [NO_ADAPTER, *known])


def _matching(typed: str, known: Sequence[str]) -> list[app_commands.Choice[str]]:
    matching = [name for name in known if typed.casefold() in name.casefold()]
    return [app_commands.Choice(name=name[:100], value=name[:100]) for name in matching[:SUGGESTED]]


async def ask_for_passage(reception: Reception, interaction: Interaction, session: int | None = None) -> None:
    """Show the form for a passage. Raises NoSessionHere, SessionOver: nobody writes for nothing."""
    found = await reception.workshop.library.session(reception.act(interaction, session))
    if found.state is SessionState.FINISHED:
        raise SessionOver(title=found.title)
    await Answer(interaction, Manner.PRIVATELY).ask(passage_form(found.id))


async def write(
    reception: Reception, interaction: Interaction, text: str, session: int | None = None
) -> None:
    """Add a passage."""
    act = reception.act(interaction, session)
    await reception.answer(interaction, reception.workshop.writing.write(act, text), text=text)


async def show_history(
    reception: Reception,
    interaction: Interaction,
    page: int | None,
    session: int | None = None,
    manner: Manner = Manner.PRIVATELY,
) -> None:
    """Show a page of the story."""
    act = reception.act(interaction, session)

    async def deed() -> Reply:
        return replies.history(await reception.workshop.library.history(act), page)

    await reception.answer(interaction, deed(), manner=manner)


async def show_help(interaction: Interaction, topic: str | None = None) -> None:
    """Show help."""
    await Answer(interaction, Manner.PRIVATELY).give(replies.help_on(topic))
