"""The app that stands before replicas: the key and the limits of the one server, and the figures of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from model_server import errors
from model_server.errors import ApiError
from model_server.guard import Guard
from model_server.metrics import CONTENT_TYPE
from model_server.relay import Relay, Replicas

PATIENCE = 5.0
SUMMED = ("queue", "running", "generated_tokens")


class Fleet(Replicas, Protocol):
    """Replicas that can also be looked at, all at once."""

    async def states(self) -> Sequence[dict[str, Any]]:
        """Give what /health says of each."""
        ...

    async def figures(self) -> dict[str, str]:
        """Give what /metrics says of each, by its name."""
        ...


def create_front(fleet: Fleet, key: str | None) -> FastAPI:
    """Build the app; `key` is what clients must show, None lets everyone in."""
    app = FastAPI(title="Scriptorium model servers", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, key=key)
    errors.install(app)

    @app.get("/health")
    async def health() -> JSONResponse:
        """Say whether replicas answer, and how busy all of them are."""
        return await _health(fleet)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Give the figures of each replica."""
        if not (figures := await fleet.figures()):
            raise ApiError(503, "No replica answers.", "no_replica", kind="server_error")
        return Response(merged(figures), media_type=CONTENT_TYPE)

    app.mount("/", Relay(fleet))
    return app


async def _health(fleet: Fleet) -> JSONResponse:
    try:
        async with asyncio.timeout(PATIENCE):
            states = await fleet.states()
    except (TimeoutError, ApiError):
        states = ()
    ready = [state for state in states if state.get("status") == "ok"]
    if not ready:
        return JSONResponse({"status": "loading", "replicas": 0}, 503)
    sums = {name: sum(state[name] for state in ready) for name in SUMMED}
    return JSONResponse({**ready[0], **sums, "replicas": len(ready)})


def merged(figures: dict[str, str]) -> bytes:
    """Put several servers' figures into one text, each sample with a label that names its replica."""
    registry = CollectorRegistry()
    registry.register(_Labelled(figures))
    return generate_latest(registry)


class _Labelled(Collector):
    def __init__(self, figures: dict[str, str]) -> None:
        self._figures = figures

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for replica, text in self._figures.items():
            for family in text_string_to_metric_families(text):
                whole = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    labels = {**sample.labels, "replica": replica}
                    whole.samples.append(sample._replace(labels=labels))
        return families.values()
