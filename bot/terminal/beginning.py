"""Beginning works in the terminal: stories, poems, plots."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.forms import PLOT, STORY
from bot.forms.free_verse import FREE_VERSE
from bot.forms.plot import USUAL_ACTS
from bot.story.manuscript import AiMode
from bot.terminal.turn import Handlers, Turn
from bot.workshop.sessions import Opening

Begin = Callable[[Turn, Opening], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Beginning:
    """Reads what is to begin; ``begin`` opens it and enters it."""

    begin: Begin

    def handlers(self) -> Handlers:
        """Return what carries out each command, by the command's name."""
        return {"story start": self._story, "poem start": self._poem, "plot start": self._plot}

    async def _story(self, turn: Turn) -> str:
        return await self.begin(turn, _opening(turn, "premise", STORY.name))

    async def _poem(self, turn: Turn) -> str:
        return await self.begin(turn, _opening(turn, "theme", turn.text("form") or FREE_VERSE.name))

    async def _plot(self, turn: Turn) -> str:
        acts = turn.call.number("acts") or USUAL_ACTS
        return await self.begin(turn, _opening(turn, "logline", PLOT.name, acts))


def _opening(turn: Turn, seed: str, form: str, acts: int = USUAL_ACTS) -> Opening:
    return Opening(
        premise=turn.text(seed) or "",
        title=turn.text("title"),
        preset=turn.text("preset"),
        ai=AiMode(mode) if (mode := turn.text("ai")) else None,
        form=form,
        acts=acts,
    )
