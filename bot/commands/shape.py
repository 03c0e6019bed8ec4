"""What a command is: a name, a line of help, options, examples."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a person gives for an option."""

    TEXT = "text"
    INTEGER = "integer"
    CHOICE = "choice"
    NUMBER = "number"
    """A number with or without a decimal point."""
    PERSON = "person"
    """A member of the server; in the terminal their name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a command.

    ``choices`` are all that a CHOICE allows; ``least`` and ``most`` bound an INTEGER; ``max_length``
    bounds a TEXT; ``source`` names the list that completes it, e.g. ``preset``.
    """

    name: str
    help: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    max_length: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``name`` may have two words. Examples are whole lines that can be pasted."""

    name: str
    help: str
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    terminal_only: bool = False

    def option(self, name: str) -> Option:
        """Return the option of that name. Raises KeyError."""
        return {option.name: option for option in self.options}[name]
