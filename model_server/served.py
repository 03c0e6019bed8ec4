"""A loaded model, as the HTTP side sees it."""

from __future__ import annotations

from dataclasses import dataclass

from model_server.chat import ChatEncoder
from model_server.engine.adapters.interface import NO_ADAPTERS, Adapters
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
    adapters: Adapters = NO_ADAPTERS

    def model_of(self, adapter: str) -> str:
        """Name the model that this one is with an adapter laid over it."""
        return f"{self.name}:{adapter}" if adapter else self.name

    def adapter_of(self, model: str) -> str | None:
        """Give the adapter that such a name asks for, "" for the model itself; None where it names another model."""
        if model == self.name:
            return ""
        start = f"{self.name}:"
        return model.removeprefix(start) or None if model.startswith(start) else None
