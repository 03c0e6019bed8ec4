"""One call of a command, as the terminal carries it out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.commands import Call
from bot.workshop.acts import Act


@dataclass(frozen=True, slots=True)
class Turn:
    """A call, who makes it and where; ``confirmed`` when its cost was agreed to."""

    act: Act
    call: Call
    confirmed: bool = False

    def text(self, option: str) -> str | None:
        """Return a text or choice that was given."""
        return self.call.text(option)


Handlers = Mapping[str, Callable[[Turn], Awaitable[str]]]
"""What carries out each command, by the command's name."""
