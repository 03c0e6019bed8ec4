"""A loaded model, as the HTTP side sees it."""

from __future__ import annotations

from dataclasses import dataclass

from model_server.chat import ChatEncoder
from model_server.engine.interface import Engine
from model_server.metrics import Metrics


@dataclass(frozen=True)
class Served:
    """A model with everything that a request needs."""

    name: str
    chat: ChatEncoder
    engine: Engine
    metrics: Metrics
    context: int
    created: int
    stall_seconds: float = 120.0
    """When a step of the model is taken to hang."""
    chosen: str = ""
    """Where it computes, in which precision, and why, in words."""
