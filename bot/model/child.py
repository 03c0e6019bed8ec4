"""One run of the server's process: started aside, listened to, and gone with us.

The child holds the reading end of a pipe whose writing end only we hold, and exits when that ends: so it
goes even when we are killed, on every system that has pipes.
"""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

LOG: Final = logging.getLogger(__name__)
LAST_WORDS_SECONDS: Final = 1.0
LOWER_PRIORITY: Final = 10
LOWEST: Final = 19
SESSION_PRIORITY: Final = 5
"""Leaves the server a quarter of a contended machine: the bot stays quick, and text goes on flowing."""
LONGEST_LINE: Final = 4000
CHUNK: Final = 65_536


class Child:
    """A running process. Its standard error goes to the log, without ``secret``."""

    def __init__(self, process: asyncio.subprocess.Process, secret: str) -> None:
        self._process = process
        self._secret = secret
        self._log = asyncio.create_task(self._write_log(), name="model server's log")
        self.last_words = ""

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    async def lines(self) -> AsyncIterator[str]:
        """Give the lines of its standard output, to the end."""
        async for line in _lines(self._process.stdout):
            yield line

    async def ended(self) -> int:
        """Wait for its end and its last words, and return the exit code; a signal's number is negative."""
        code = await self._process.wait()
        await asyncio.wait([self._log], timeout=LAST_WORDS_SECONDS)
        return code

    async def _write_log(self) -> None:
        async for line in _lines(self._process.stderr):
            self.last_words = line.replace(self._secret, "…")
            LOG.info("model server: %s", self.last_words)

    async def end(self, grace: float) -> None:
        """Close its pipe; ask harder after ``grace`` seconds, then make it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        for insist in (self._process.terminate, self._process.kill):
            if await self._ends_within(grace):
                break
            with suppress(ProcessLookupError):
                insist()
        await self.ended()
        self._log.cancel()

    async def _ends_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def started(
    command: Sequence[str], environment: Mapping[str, str], secret: str, grace: float
) -> AsyncGenerator[Child]:
    """Start a process in a session of its own, away from the terminal's signals. Raises OSError."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, start_new_session=True
    )
    _give_way(process.pid)
    child = Child(process, secret)
    try:
        yield child
    finally:
        await child.end(grace)


def _give_way(pid: int) -> None:
    """Lower a process's priority, and its session's where Linux weighs sessions before processes."""
    with suppress(OSError):  # it may have ended already
        own = os.getpriority(os.PRIO_PROCESS, 0)
        os.setpriority(os.PRIO_PROCESS, pid, min(own + LOWER_PRIORITY, LOWEST))
        Path(f"/proc/{pid}/autogroup").write_text(str(SESSION_PRIORITY), encoding="ascii")


async def _lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """Give lines however long they are, cut, and of those that overwrite themselves the last state."""
    rest = b""
    while stream is not None and (chunk := await stream.read(CHUNK)):
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[-LONGEST_LINE:]
        for line in filter(None, map(_visible, lines)):
            yield line
    if last := _visible(rest):
        yield last


def _visible(line: bytes) -> str:
    return line.rstrip().rpartition(b"\r")[2].decode("utf-8", "replace")[:LONGEST_LINE]
