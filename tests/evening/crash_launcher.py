"""Runs the bot, unmodified, and follows or stops it at a line of its own files.

Orders come as a file, read when SIGUSR1 arrives; from the next interaction on they are carried out:
``record`` keeps every line of ``bot/`` and ``cogs/`` that runs, until SIGUSR2; ``stop`` blocks the process
at one line, so that whoever watches can kill it right there.
"""

import dis
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOMS = ("bot/", "cogs/")
ARRIVAL = ("discord/state.py", "parse_interaction_create")
DISCORD_CALLS = (("discord/http.py", "request"), ("discord/webhook/async_.py", "request"))
COMMIT = ("bot/storage/link.py", "commit")
WRITER = ("bot/storage/ledger.py", "writing")
WAITING_FRAMES = 4
NEAR_LINES = 12
"""How far up the chain of awaiting frames, and how many lines before, one still stands next to the call."""
FINAL = ("RETURN_VALUE", "RETURN_CONST")

Place = tuple[str, int]


def same(code: CodeType, at: tuple[str, str]) -> bool:
    return code.co_name == at[1] and code.co_filename.endswith(at[0])


class Follower:
    """A trace function; ``heard`` turns true with the interaction."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}{os.sep}"
        self._ours: dict[CodeType, str | None] = {}
        self.heard = False

    def __call__(self, frame: FrameType, event: str, _: Any) -> Any:
        if not self.heard:
            self.heard = same(frame.f_code, ARRIVAL)
            return None
        return self.enter(frame)

    def enter(self, frame: FrameType) -> Any:
        raise NotImplementedError

    def file_of(self, code: CodeType) -> str | None:
        """Return the file of ours that the code stands in."""
        if code not in self._ours:
            name = code.co_filename.removeprefix(self._root)
            self._ours[code] = name if name.startswith(ROOMS) else None
        return self._ours[code]


class Recorder(Follower):
    """Counts lines, and notes which of them make a Discord call or a commit, or run first when it is back."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.lines: dict[Place, int] = {}
        self.near: list[tuple[str, int, int, str]] = []
        self._waiting: dict[FrameType, list[FrameType]] = {}
        self._resumed: dict[FrameType, str] = {}
        self._next = ""
        self._clock = 0
        self._when: dict[Place, int] = {}

    def enter(self, frame: FrameType) -> Any:
        inner = self._line if self.file_of(frame.f_code) else None
        what = self._call(frame)
        if not what:
            return inner
        if frame not in self._waiting:
            self._waiting[frame] = self._note_before(frame, f"before {what}")

        def leaving(at: FrameType, event: str, value: Any) -> Any:
            if inner:
                inner(at, event, value)
            if event == "return" and dis.opname[at.f_code.co_code[at.f_lasti]] in FINAL:
                self._next = f"after {what}"
                self._resumed |= dict.fromkeys(self._waiting[at], self._next)
            return leaving

        return leaving

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and (file := self.file_of(frame.f_code)):
            place = file, frame.f_lineno
            self.lines[place] = self.lines.get(place, 0) + 1
            self._clock = self._when[place] = self._clock + 1
            if why := self._resumed.pop(frame, self._next):
                self.near.append((*place, self.lines[place], why))
            self._next = ""
        return self._line

    def _call(self, frame: FrameType) -> str:
        code = frame.f_code
        if any(same(code, call) for call in DISCORD_CALLS):
            route = frame.f_locals.get("route")
            return f"{route.method} {route.path}" if route else ""
        if same(code, COMMIT) and any(same(each.f_code, WRITER) for each in _stack(frame)):
            return "COMMIT"
        return ""

    def _note_before(self, frame: FrameType, why: str) -> list[FrameType]:
        ours = [each for each in _stack(frame.f_back) if self.file_of(each.f_code)][:WAITING_FRAMES]
        for each in ours:
            place = self.file_of(each.f_code) or "", each.f_lineno
            if self._clock - self._when.get(place, -NEAR_LINES) < NEAR_LINES:
                self.near.append((*place, self.lines[place], why))
        return ours


class Stopper(Follower):
    """Blocks at the ``hit``-th time that a line is about to run."""

    def __init__(self, root: Path, room: Path, file: str, line: int, hit: int) -> None:
        super().__init__(root)
        self._room, self._file, self._at, self._left = room, file, line, hit

    def enter(self, frame: FrameType) -> Any:
        return self._line if self.file_of(frame.f_code) == self._file else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and frame.f_lineno == self._at:
            self._left -= 1
            if self._left == 0:
                tell(self._room / "stopped", f"{self._file}:{self._at}")
                while True:
                    time.sleep(60)
        return self._line


def _stack(frame: FrameType | None) -> list[FrameType]:
    found = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back
    return found


def tell(file: Path, content: object) -> None:
    """Write a file that is there only when it is whole."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(content))
    draft.replace(file)


def main() -> None:
    room, root = Path(os.environ["CRASH_ROOM"]), Path(os.environ["CRASH_ROOT"])
    followers: list[Follower] = []

    def begin(*_: object) -> None:
        orders = json.loads((room / "orders").read_text())
        followers[:] = [Stopper(root, room, **orders) if orders else Recorder(root)]
        sys.settrace(followers[0])
        tell(room / "armed", True)

    def end(*_: object) -> None:
        sys.settrace(None)
        seen = followers[0]
        if isinstance(seen, Recorder):
            lines = [(*place, count) for place, count in seen.lines.items()]
            tell(room / "trace", {"lines": lines, "near": seen.near})
        else:
            tell(room / "trace", None)

    signal.signal(signal.SIGUSR1, begin)
    signal.signal(signal.SIGUSR2, end)
    sys.argv = ["bot"]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
