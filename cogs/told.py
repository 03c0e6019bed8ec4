"""Slash commands take their words and bounds from the one list of commands."""

from collections.abc import Callable
from typing import Any, TypeVar

from discord import app_commands

from bot.commands import named

F = TypeVar("F", bound=Callable[..., Any])


def help_of(name: str) -> str:
    """Return the line of help of a command."""
    return named(name).help


def told(name: str) -> Callable[[F], F]:
    """Describe a callback's options, and offer their choices, as the list has them for this command."""
    options = named(name).options
    describe = app_commands.describe(**{option.name: option.help for option in options})
    choose = app_commands.choices(
        **{
            option.name: [app_commands.Choice(name=choice, value=choice) for choice in option.choices]
            for option in options
            if option.choices
        }
    )

    def decorate(callback: F) -> F:
        return choose(describe(callback))

    return decorate
