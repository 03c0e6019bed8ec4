"""What keeps the server from starting, and how the process that started it is told."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import TextIO


@dataclass(eq=False)
class StartFault(Exception):
    """The server cannot start; the sentence says what to do about it."""

    sentence: str


@dataclass
class Reporter:
    """Tells the starting process, one JSON object a line on standard output, how far the start is."""

    started: float = field(default_factory=time.monotonic)
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def loading(self, what: str) -> None:
        """Say what is being done now."""
        self._line({"loading": what, "seconds": round(time.monotonic() - self.started, 1)})

    def ready(self, url: str, model: str) -> None:
        """Say that requests are answered."""
        self._line({"ready": True, "url": url, "model": model})

    def error(self, fault: StartFault) -> None:
        """Say why the start has failed."""
        self._line({"error": fault.sentence})

    def _line(self, fields: dict[str, object]) -> None:
        self.out.write(json.dumps(fields, ensure_ascii=False) + "\n")
        self.out.flush()
