"""The terminal's Sender: each page is said once, and its edits say what is new."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.delivery.sender import Seen
from bot.terminal.paper import Paper
from bot.terminal.room import Room
from bot.terminal.sheets import Note, Sheet, draw
from bot.workshop.pages import CardPage, Page

_REMEMBERED: Final = 200
_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Said:
    """What the screen already holds of a message."""

    prose: str = ""
    notes: frozenset[Note] = frozenset()


class TerminalSender:
    """Shows the pages of the open session on paper.

    What changes while another is open is said whole when people come back to it.
    A screen cannot be read back: what a crash left in doubt is said again, so a page may stand twice
    in the scroll-back of the terminal that was open then, never in the story.
    """

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.room = Room()
        self._said: OrderedDict[str, _Said] = OrderedDict()

    def draw(self, page: Page) -> Sequence[Sheet]:
        """Draw a page as one sheet."""
        return [draw(page)]

    async def post(self, place: str, sheet: Sheet, nonce: str) -> str:  # noqa: ARG002 - the port's
        """Say a new message; its nonce is its id. The card of a new story opens that story."""
        session = sheet.page.session
        if isinstance(sheet.page, CardPage) and session.id > (self.room.open or 0):
            self.room.enter(session)
        self._say(nonce, sheet)
        return nonce

    async def edit(self, place: str, message: str, sheet: Sheet) -> None:  # noqa: ARG002 - the port's
        """Say what is new."""
        self._say(message, sheet)

    async def delete(self, place: str, message: str) -> None:
        """Do nothing: what is said is said."""

    async def open_thread(self, place: str, message: str, title: str) -> str:  # noqa: ARG002 - the port's
        """Name the thread after the message from which it opens."""
        return f"terminal-{message}"

    async def recent(self, place: str, since: datetime) -> Sequence[Seen]:  # noqa: ARG002 - the port's
        """Return nothing: a screen cannot be read back."""
        return []

    def pause(self, place: str) -> float:  # noqa: ARG002 - the port's
        """Return a moment that the eye does not notice."""
        return _PAUSE

    def _say(self, message: str, sheet: Sheet) -> None:
        self.room.note(sheet.page)
        if sheet.page.session.id != self.room.open:
            self._said.pop(message, None)
            return
        said = self._said.get(message, _Said())
        self._say_prose(said.prose, sheet.prose)
        for note in sheet.notes:
            if note not in said.notes:
                self.paper.line(note.text, dim=note.dim)
                if note.last:
                    self.paper.line()
        self._said[message] = _Said(sheet.prose, frozenset(sheet.notes))
        if len(self._said) > _REMEMBERED:
            self._said.popitem(last=False)

    def _say_prose(self, said: str, prose: str) -> None:
        if prose.startswith(said):
            self.paper.flow(prose[len(said) :])
        elif prose and not said.startswith(prose):
            self.paper.end()
            self.paper.flow(prose)
        elif prose:
            self.paper.line("(Its unfinished last sentence is left out.)", dim=True)
