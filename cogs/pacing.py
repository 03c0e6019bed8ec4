"""How fast live text may be edited, read off the rate-limit headers of earlier edits."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import aiohttp

LEAST: Final = 0.8
"""Seconds between two edits of live text at the least: faster is not read."""
REMEMBERED: Final = 1000

_EDIT: Final = re.compile(r"/channels/(?P<channel>\d+)/messages/\d+$")


@dataclass(slots=True)
class EditPace:
    """What is left of each channel's budget of edits, and when it is full again."""

    clock: Callable[[], float] = time.monotonic
    _budgets: dict[str, tuple[int, float]] = field(default_factory=dict)

    def pause(self, channel: str) -> float:
        """Return the seconds to wait, so that what is left is spread evenly until the budget is full again."""
        remaining, full_at = self._budgets.get(channel, (1, 0.0))
        left = full_at - self.clock()
        if left <= 0:
            return LEAST
        return max(LEAST, left / max(1, remaining))

    def note(self, channel: str, headers: Mapping[str, str]) -> None:
        """Read the headers of an edit's answer; one that lacks them tells nothing."""
        try:
            remaining = int(headers["X-RateLimit-Remaining"])
            resets_in = float(headers["X-RateLimit-Reset-After"])
        except (KeyError, ValueError):
            return
        self._budgets.pop(channel, None)
        self._budgets[channel] = (remaining, self.clock() + resets_in)
        while len(self._budgets) > REMEMBERED:
            del self._budgets[next(iter(self._budgets))]

    def trace(self) -> aiohttp.TraceConfig:
        """Return what lets a client's requests be noted."""
        config = aiohttp.TraceConfig()
        config.on_request_end.append(self._seen)
        return config

    async def _seen(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
    ) -> None:
        edit = _EDIT.search(end.url.path)
        if end.method == "PATCH" and edit:
            self.note(edit["channel"], end.response.headers)
