"""The one list of commands, and how a typed line becomes a call of one of them."""

from bot.commands.catalogue import COMMANDS, named
from bot.commands.faults import (
    LineFault,
    MissingOption,
    NotANumber,
    OutOfRange,
    UnexpectedText,
    UnknownChoice,
    UnknownCommand,
    ValueTooLong,
)
from bot.commands.line import Call, Line, parse, render
from bot.commands.shape import Command, Kind, Option

__all__ = [
    "COMMANDS",
    "Call",
    "Command",
    "Kind",
    "Line",
    "LineFault",
    "MissingOption",
    "NotANumber",
    "Option",
    "OutOfRange",
    "UnexpectedText",
    "UnknownChoice",
    "UnknownCommand",
    "ValueTooLong",
    "named",
    "parse",
    "render",
]
