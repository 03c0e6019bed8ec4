"""The commands about each person's own data, carried out; ``@ann /privacy info`` asks for Ann."""

from dataclasses import dataclass

from bot.story.people import Member
from bot.story.privacy import Keep
from bot.terminal.turn import Handlers, Turn
from bot.wording import say
from bot.wording.privacy import footprint_lines
from bot.workshop.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Personal:
    """Each person's own side of the terminal."""

    workshop: Workshop

    def handlers(self) -> Handlers:
        """Return what carries out each command, by the command's name."""
        return {"privacy info": self._info, "privacy delete": self._delete}

    async def _info(self, turn: Turn) -> str:
        return "\n".join(footprint_lines(await self.workshop.privacy.info(turn.act, _whose(turn))))

    async def _delete(self, turn: Turn) -> str:
        keep = Keep(turn.text("keep") or Keep.TEXT)
        deleting = self.workshop.privacy.delete(turn.act, keep, whose=_whose(turn), confirmed=turn.confirmed)
        return say(await deleting)


def _whose(turn: Turn) -> Member | None:
    name = turn.text("user")
    if not name or name.casefold() == turn.act.by.name.casefold():
        return None
    return Member(id=name.casefold(), name=name)
