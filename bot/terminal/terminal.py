"""The terminal itself: reads a line, has it carried out, says what came of it, until there is no more."""

import asyncio
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from bot.commands import Call, Line, LineFault, parse
from bot.story.house_rules import KEYS
from bot.story.manuscript import SessionState
from bot.story.people import Member
from bot.story.styling import NO_ADAPTER
from bot.terminal.calls import GUILD, Calls
from bot.terminal.completion import LineCompleter
from bot.terminal.files import NotWritten
from bot.terminal.keyboard import PROMPT, Keyboard, Pipe, Prompt
from bot.terminal.sender import TerminalSender
from bot.wording import UNCHANGED, WELCOME, explain, help_topics, not_written, yes_or_no
from bot.workshop.errors import BallotFull, NeedsConfirmation, TextTooLong, WorkshopError
from bot.workshop.refusals import PresetTextTooLong, WordListed
from bot.workshop.workshop import Workshop

_OWNER: Final = "local"
_LOOKS_EVERY: Final = 0.03
_ASKED_FOR: Final = {
    "write": "text",
    "story start": "premise",
    "poem start": "theme",
    "plot start": "logline",
}

_DETAIL: Final = re.compile(r"\s*\([^)]*\)")

_log = logging.getLogger(__name__)


class Terminal:
    """A person at the keyboard, and all whom they speak for with ``@name``.

    From a pipe each line has its effects shown before the next is read.
    """

    def __init__(
        self,
        workshop: Workshop,
        sender: TerminalSender,
        *,
        name: str,
        exports: Path,
        stdin: TextIO,
        history: Path | None = None,
    ) -> None:
        self._workshop, self._paper, self._room = workshop, sender.paper, sender.room
        self._calls = Calls(workshop, sender.room, exports)
        self._owner = Member(id=_OWNER, name=name, moderator=True)
        self._keyboard = self._sit(stdin, history)
        self._notified = ""
        self._returned = ""

    def notify(self, text: str) -> None:
        """Say how something goes on that nobody asked for, such as the model's loading.

        Details in brackets, such as seconds, are shown below the prompt; the rest is said once.
        """
        self._room.news = text
        told = _DETAIL.sub("", text)
        if told != self._notified:
            self._notified = told
            self._paper.line(text, dim=True)

    async def run(self) -> None:
        """Take lines until ``/quit``, the end of the input, or nobody reads any more."""
        await self._arrive()
        while not self._paper.closed:
            default, self._returned = self._returned, ""
            line = await self._keyboard.line(PROMPT, default)
            if line is None or not await self._take(line):
                return

    async def _arrive(self) -> None:
        last = next(iter(await self._workshop.library.sessions(GUILD)), None)
        if last is None or last.state is SessionState.FINISHED:
            self._paper.line(WELCOME)
            return
        self._answer(f"{await self._calls.enter(last, self._owner)}\n")

    async def _take(self, line: str) -> bool:
        """Carry out a line; False for the one that ends it all."""
        if not line.strip():
            return True
        try:
            spoken = parse(line)
            if spoken.call.name == "quit":
                return False
            await self._carry_out(spoken)
        except (LineFault, WorkshopError) as fault:
            self._refuse(fault)
        except NotWritten as fault:
            self._paper.line(f"! {not_written(fault.reason)}")
        except Exception:  # noqa: BLE001 - the boundary: no line ends the terminal
            _log.exception("a line was not carried out")
            self._refuse(WorkshopError())
        await self._quiet()
        return True

    async def _carry_out(self, spoken: Line) -> None:
        call, by = await self._completed(spoken.call), self._speaker(spoken)
        try:
            self._answer(await self._calls.carry_out(call, by))
        except NeedsConfirmation as question:
            if await self._agreed(question):
                self._answer(await self._calls.carry_out(call, by, confirmed=True))
            else:
                self._answer(UNCHANGED)

    async def _completed(self, call: Call) -> Call:
        """Ask a person for the text that a call cannot do without."""
        option = _ASKED_FOR.get(call.name)
        if option is None or not self._paper.live or call.text(option):
            return call
        text = await self._keyboard.line(f"{option}> ")
        return Call(call.name, {**call.values, option: text or ""})

    async def _agreed(self, question: NeedsConfirmation) -> bool:
        self._paper.line(yes_or_no(question))
        answer = await self._keyboard.line("yes or no> ")
        return (answer or "").strip().casefold() in {"y", "yes"}

    def _speaker(self, spoken: Line) -> Member:
        if spoken.speaker is None or spoken.speaker.casefold() in {_OWNER, self._owner.name.casefold()}:
            return self._owner
        return Member(id=spoken.speaker.casefold(), name=spoken.speaker)

    def _answer(self, text: str) -> None:
        if text:
            self._paper.line(text)
        if "\n" in text:
            self._paper.line()

    def _refuse(self, fault: WorkshopError | LineFault) -> None:
        self._paper.line(f"! {explain(fault)}")
        if isinstance(fault, TextTooLong | BallotFull | WordListed | PresetTextTooLong):
            self._give_back(fault.text)

    def _give_back(self, text: str) -> None:
        """Put refused text where its writer can go on with it: at the prompt, or on the paper."""
        if self._paper.live:
            self._returned = text
        else:
            self._paper.line(text)

    async def _quiet(self) -> None:
        """Wait, before the next line of a pipe, until everything is written and shown."""
        while not self._paper.live and self._room.open is not None:
            if await self._workshop.desk.idle(self._room.open):
                return
            await asyncio.sleep(_LOOKS_EVERY)

    def _sit(self, stdin: TextIO, history: Path | None) -> Keyboard:
        if self._paper.live:
            return Prompt(self._paper, LineCompleter(self._values), self._room.headline, history)
        return Pipe(stdin)

    async def _values(self, source: str) -> Sequence[str]:
        """Return what stands in one of the lists from which options are completed."""
        match source:
            case "preset":
                return await self._workshop.library.presets(GUILD)
            case "adapter":
                return (NO_ADAPTER, *await self._workshop.presets.adapters(self._calls.act(self._owner)))
            case "topic":
                return help_topics()
            case "setting":
                return KEYS
            case _:
                return ()
