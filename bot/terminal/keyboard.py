"""Where lines come from: a person at a prompt, or a pipe."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, Protocol, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer
from prompt_toolkit.history import FileHistory, History, InMemoryHistory

from bot.terminal.paper import Paper

PROMPT: Final = "> "
_CHUNK: Final = 1 << 16
_REDRAWN_EVERY: Final = 0.2


class Keyboard(Protocol):
    """Gives one line after the other."""

    async def line(self, prompt: str = PROMPT, default: str = "") -> str | None:
        """Return the next line, None at the end; ``default`` is there to be edited."""
        ...


class Prompt:
    """A person at a terminal: editing, history, completion, and a bar that tells what goes on."""

    def __init__(
        self, paper: Paper, completer: Completer, toolbar: Callable[[], str], history: Path | None
    ) -> None:
        self._paper, self._asking = paper, PROMPT
        self._session: PromptSession[str] = PromptSession(
            message=self.message,
            completer=completer,
            complete_while_typing=False,
            bottom_toolbar=toolbar,
            history=_history(history),
            refresh_interval=_REDRAWN_EVERY,
        )

    async def line(self, prompt: str = PROMPT, default: str = "") -> str | None:
        """Ask for a line; Ctrl-C empties it, Ctrl-D ends."""
        self._asking = prompt
        while True:
            try:
                return await self._session.prompt_async(default=default)
            except KeyboardInterrupt:
                default = ""
            except EOFError:
                return None

    def message(self) -> str:
        """Draw the flow's unfinished line above the prompt, not into the scroll-back with each Enter."""
        tail = "" if self._session.app.is_done else self._paper.tail
        return f"{tail}\n{self._asking}" if tail else self._asking


class Pipe:
    """Lines of a pipe or a file, without a prompt."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = _lines(stream)

    async def line(self, prompt: str = PROMPT, default: str = "") -> str | None:  # noqa: ARG002 - the port's
        """Return the next line."""
        return await anext(self._lines, None)


async def _lines(stream: TextIO) -> AsyncIterator[str]:
    rest = b""
    async for chunk in _chunks(stream.fileno()):
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield _text(line)
    if rest:
        yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\r")


async def _chunks(descriptor: int) -> AsyncIterator[bytes]:
    """Read a descriptor to its end without blocking the loop: what cannot be waited for never blocks."""
    reader = asyncio.StreamReader()
    file = os.fdopen(os.dup(descriptor), "rb", buffering=0)
    try:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), file
        )
    except (ValueError, PermissionError):  # a regular file, or /dev/null
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk
        return
    try:
        while chunk := await reader.read(_CHUNK):
            yield chunk
    finally:
        transport.close()


def _history(path: Path | None) -> History:
    if path is None:
        return InMemoryHistory()
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileHistory(path)
