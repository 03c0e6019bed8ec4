"""The commands for a plot's outline, carried out."""

from dataclasses import dataclass

from bot.terminal.turn import Handlers, Turn
from bot.wording import say
from bot.wording.plans import outline_lines
from bot.workshop.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Plotting:
    """The terminal's side of outlines; moves and changes are told by the story's pages."""

    workshop: Workshop

    def handlers(self) -> Handlers:
        """Return what carries out each command, by the command's name."""
        return {
            "beat list": self._list,
            "beat next": self._next,
            "beat back": self._back,
            "beat edit": self._edit,
        }

    async def _list(self, turn: Turn) -> str:
        return "\n".join(outline_lines(await self.workshop.library.plan(turn.act)))

    async def _next(self, turn: Turn) -> str:
        return say(await self.workshop.beats.next(turn.act))

    async def _back(self, turn: Turn) -> str:
        return say(await self.workshop.beats.back(turn.act))

    async def _edit(self, turn: Turn) -> str:
        edited = await self.workshop.beats.edit(turn.act, turn.text("text") or "", turn.call.number("beat"))
        return say(edited)
