"""What the terminal writes on: whole lines, and prose that flows into view word by word."""

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import Final, TextIO, cast

from prompt_toolkit.patch_stdout import StdoutProxy, patch_stdout

from bot.story.text import clean

_DIM: Final = "\x1b[2m"
_PLAIN: Final = "\x1b[0m"
_PROMPT_PAUSE: Final = 0.02
"""Seconds between two redrawings of the prompt below what is written."""


class Paper:
    """A stream that is written on from top to bottom.

    All that reaches it is cleaned of control characters, so no text can take over the terminal.
    """

    live = False
    """Whether a prompt stands below what is written, and ``tail`` is drawn with it."""

    def __init__(self, stream: TextIO, *, colour: bool = False) -> None:
        self._stream, self._colour = stream, colour
        self._flowing = False
        self.closed = False

    @property
    def tail(self) -> str:
        """The part of the flow that the stream does not hold yet."""
        return ""

    def line(self, text: str = "", *, dim: bool = False) -> None:
        """Write a line, or several; a flow ends before it."""
        self.end()
        for each in clean(text).split("\n"):
            self._put(self._tinted(each, dim) + "\n")

    def flow(self, text: str) -> None:
        """Go on with the prose that flows. The caller hands over cleaned text."""
        self._flowing = self._flowing or bool(text)
        self._put(text)

    def end(self) -> None:
        """End the flow's line, if there is one."""
        if self._flowing:
            self._flowing = False
            self._put("\n")

    def _tinted(self, text: str, dim: bool) -> str:
        return f"{_DIM}{text}{_PLAIN}" if dim and text and self._colour else text

    def _put(self, text: str) -> None:
        if self.closed or not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:
            self.closed = True


class LivePaper(Paper):
    """Paper above a prompt: prose is wrapped at words, its unfinished last line kept as ``tail``."""

    live = True

    def __init__(self, stream: TextIO, *, colour: bool, width: Callable[[], int]) -> None:
        super().__init__(stream, colour=colour)
        self._width = width
        self._tail = ""

    @property
    def tail(self) -> str:
        """The flow's last line, to be drawn with the prompt."""
        return self._tail

    def line(self, text: str = "", *, dim: bool = False) -> None:
        """Write a line, wrapped at words."""
        self.end()
        for each in wrapped(clean(text), self._width()):
            self._put(self._tinted(each, dim) + "\n")

    def flow(self, text: str) -> None:
        """Go on with the prose; lines that are full move above the prompt."""
        *full, self._tail = wrapped(self._tail + text, self._width())
        self._put("".join(f"{each}\n" for each in full))

    def end(self) -> None:
        """Move the last line of the flow above the prompt."""
        if self._tail:
            rest, self._tail = self._tail, ""
            self._put(f"{rest}\n")


def wrapped(text: str, width: int) -> list[str]:
    """Cut text into lines of at most ``width`` characters, at words where there are any."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        while len(paragraph) > width:
            cut = paragraph.rfind(" ", 1, width + 1)
            cut = cut if cut > 0 else width
            lines.append(paragraph[:cut])
            paragraph = paragraph[cut:].removeprefix(" ")
        lines.append(paragraph)
    return lines


@contextmanager
def open_paper(
    stdin: TextIO, stdout: TextIO, environment: Mapping[str, str] = os.environ
) -> Generator[Paper]:
    """Take the screen: live when a person sits at both ends, plain from or to a pipe."""
    colour = stdout.isatty() and not environment.get("NO_COLOR")
    if not (stdin.isatty() and stdout.isatty()):
        yield Paper(_forgiving(stdout), colour=colour)
        return
    with patch_stdout(raw=True), StdoutProxy(sleep_between_writes=_PROMPT_PAUSE, raw=True) as above:
        yield LivePaper(cast(TextIO, above), colour=colour, width=lambda: get_terminal_size().columns - 1)


def _forgiving(stream: TextIO) -> TextIO:
    """Let a stream of a narrow encoding show a question mark rather than fail."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")
    return stream
