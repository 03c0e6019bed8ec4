"""What can be wrong with a typed line. Each fault carries facts; ``bot.wording`` says them."""

from dataclasses import dataclass


class LineFault(Exception):
    """A line that is no call of a command."""


@dataclass(eq=False)
class UnknownCommand(LineFault):
    """No command has that name; ``near`` are those that look like it, the likeliest first."""

    name: str
    near: tuple[str, ...]


@dataclass(eq=False)
class MissingOption(LineFault):
    """The command cannot do without this option."""

    command: str
    option: str
    example: str


@dataclass(eq=False)
class UnexpectedText(LineFault):
    """The command takes nothing after its name."""

    command: str
    text: str


@dataclass(eq=False)
class NotANumber(LineFault):
    """The option wants a number; a ``whole`` one has no decimal point."""

    option: str
    value: str
    whole: bool = True


@dataclass(eq=False)
class OutOfRange(LineFault):
    """The number lies outside what the option allows; a bound that is None is open."""

    option: str
    value: int
    least: int | None
    most: int | None


@dataclass(eq=False)
class UnknownChoice(LineFault):
    """The option has a list of values, and this is none of them."""

    option: str
    value: str
    choices: tuple[str, ...]


@dataclass(eq=False)
class ValueTooLong(LineFault):
    """The text is longer than the option allows."""

    option: str
    length: int
    limit: int
