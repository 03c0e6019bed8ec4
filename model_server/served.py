"""A loaded model, as the HTTP side sees it."""

from __future__ import annotations

from dataclasses import dataclass

from model_server.chat import ChatEncoder
from model_server.engine.interface import Engine


@dataclass(frozen=True)
class Served:
    """A model with everything that a request needs."""

    name: str
    chat: ChatEncoder
    engine: Engine
    context: int
    created: int
