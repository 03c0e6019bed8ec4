"""Calls of commands carried out on the workshop; each gives what its caller is told."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.commands import Call
from bot.story.manuscript import Session
from bot.story.people import Member
from bot.terminal.beginning import Beginning
from bot.terminal.files import write_new
from bot.terminal.moderating import Moderating
from bot.terminal.personal import Personal
from bot.terminal.plotting import Plotting
from bot.terminal.reading import arrival, pages, sessions
from bot.terminal.room import Room
from bot.terminal.turn import Handlers, Turn
from bot.wording import exported, help_text, say, status_lines
from bot.workshop.acts import Act
from bot.workshop.errors import Outdated
from bot.workshop.notices import ModelAsked, Notice, ProposalAdded, VoteCounted
from bot.workshop.sessions import Opening
from bot.workshop.workshop import Workshop

GUILD: Final = "terminal"
CHANNEL: Final = "terminal"


@dataclass(frozen=True, slots=True)
class Calls:
    """The terminal's side of every command but ``/quit``."""

    workshop: Workshop
    room: Room
    exports: Path

    async def carry_out(self, call: Call, by: Member, *, confirmed: bool = False) -> str:
        """Do what a call says and return the answer, empty where the story's pages say it.

        Raises WorkshopError, NotWritten for a file.
        """
        return await self.handlers()[call.name](Turn(self.act(by), call, confirmed))

    def act(self, by: Member) -> Act:
        """Return an act in the open session."""
        return Act(by=by, guild=GUILD, channel=CHANNEL, session=self.room.open)

    def handlers(self) -> Handlers:
        """Return what carries out each command, by the command's name."""
        return {
            **Beginning(self._begin).handlers(),
            "write": self._write,
            "continue": self._continue,
            "propose": self._propose,
            "undo": self._undo,
            "retry": self._retry,
            "history": self._history,
            "sessions": self._sessions,
            "finish": self._finish,
            "export": self._export,
            "status": self._status,
            "help": self._help,
            "vote": self._vote,
            "ballot close": self._close,
            "stop": self._stop,
            "add anyway": self._add_anyway,
            "open": self._open,
            **Plotting(self.workshop).handlers(),
            **Moderating(self.workshop).handlers(),
            **Personal(self.workshop).handlers(),
        }

    async def enter(self, session: Session, by: Member) -> str:
        """Go to a session and return what one sees there."""
        self.room.enter(session)
        act, library = self.act(by), self.workshop.library
        return arrival(await library.history(act), await library.outline(act), await library.ballot(act))

    async def _begin(self, turn: Turn, opening: Opening) -> str:
        started = await self.workshop.sessions.start(turn.act, opening)
        self.room.enter(await self.workshop.library.find(GUILD, started.session))
        return _answer(started)

    async def _write(self, turn: Turn) -> str:
        return _answer(await self.workshop.writing.write(turn.act, turn.text("text") or ""))

    async def _propose(self, turn: Turn) -> str:
        return _answer(await self.workshop.writing.propose(turn.act, turn.text("text") or ""))

    async def _continue(self, turn: Turn) -> str:
        asked = await self.workshop.drafting.ask(
            turn.act,
            direction=turn.text("direction"),
            candidates=turn.call.number("candidates"),
            length=turn.text("length") or "medium",
        )
        return _answer(asked)

    async def _retry(self, turn: Turn) -> str:
        return _answer(await self.workshop.drafting.retry(turn.act))

    async def _stop(self, turn: Turn) -> str:
        return _answer(await self.workshop.drafting.stop(turn.act))

    async def _add_anyway(self, turn: Turn) -> str:
        if self.room.unadded is None:
            raise Outdated
        added = await self.workshop.drafting.add_anyway(turn.act, self.room.unadded)
        self.room.unadded = None
        return _answer(added)

    async def _undo(self, turn: Turn) -> str:
        return _answer(await self.workshop.writing.undo(turn.act, confirmed=turn.confirmed))

    async def _vote(self, turn: Turn) -> str:
        return _answer(await self.workshop.voting.vote(turn.act, turn.call.number("number") or 0))

    async def _close(self, turn: Turn) -> str:
        return _answer(await self.workshop.voting.close(turn.act))

    async def _finish(self, turn: Turn) -> str:
        return _answer(await self.workshop.sessions.finish(turn.act, confirmed=turn.confirmed))

    async def _history(self, turn: Turn) -> str:
        return pages(await self.workshop.library.history(turn.act), turn.call.number("page"))

    async def _sessions(self, _turn: Turn) -> str:
        return sessions(await self.workshop.library.sessions(GUILD), self.room.open)

    async def _open(self, turn: Turn) -> str:
        found = await self.workshop.library.find(GUILD, turn.call.number("number") or 0)
        return await self.enter(found, turn.act.by)

    async def _export(self, turn: Turn) -> str:
        export = await self.workshop.library.export_markdown(turn.act)
        path = await asyncio.to_thread(write_new, self.exports, export.filename, export.text)
        return exported(str(path))

    async def _status(self, _turn: Turn) -> str:
        return "\n".join(status_lines(await self.workshop.library.status(GUILD)))

    async def _help(self, turn: Turn) -> str:
        return help_text(turn.text("topic"), terminal=True)


def _answer(notice: Notice) -> str:
    """Say what the pages do not say by themselves."""
    return say(notice) if isinstance(notice, ModelAsked | ProposalAdded | VoteCounted) else ""
