"""What the supervised server tells of itself, and what its keeper tells the rest of the house."""

import json
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Loading:
    """The model is on its way: what is being done, and for how many seconds."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The model answers."""

    url: str
    model: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server gives up; the reason is a sentence for people."""

    reason: str


@dataclass(frozen=True, slots=True)
class Restarting:
    """The server ended by itself and is started again after ``seconds``."""

    seconds: float


Told = Loading | Ready | Failed
Progress = Loading | Ready | Restarting


def read(line: str) -> Told | None:
    """Read one line of the server's standard output; None for what is no news."""
    try:
        fields: object = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    match cast(dict[str, Any], fields):
        case {"loading": str(step), "seconds": int() | float() as seconds}:
            return Loading(step, float(seconds))
        case {"ready": True, "url": str(url), "model": str(model)}:
            return Ready(url, model)
        case {"error": str(reason)}:
            return Failed(reason)
        case _:
            return None
