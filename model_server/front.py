"""The app that stands before replicas: the key and the limits of the one server, and the figures of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

SUMMED = ("queue", "running", "free_rows", "generated_tokens")


class Fleet(Replicas, Protocol):
    """Replicas of which is known how they do."""

    @property
    def waiting(self) -> int:
        """Give the number of requests that no replica has taken yet."""
        ...

    def states(self) -> Sequence[Mapping[str, Any]]:
        """Give what /health says of each."""
        ...

    def figures(self) -> Mapping[str, str]:
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
        return _health(fleet)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Give the figures of each replica."""
        if not (figures := fleet.figures()):
            raise ApiError(503, "No replica answers.", "no_replica", kind="server_error")
        return Response(merged(figures), media_type=CONTENT_TYPE)

    app.mount("/", Relay(fleet))
    return app


def _health(fleet: Fleet) -> JSONResponse:
    ready = [state for state in fleet.states() if state.get("status") == "ok"]
    if not ready:
        return JSONResponse({"status": "loading", "replicas": 0}, 503)
    sums = {name: sum(state[name] for state in ready) for name in SUMMED}
    sums["queue"] += fleet.waiting
    return JSONResponse({**ready[0], **sums, "replicas": len(ready)})


def merged(figures: Mapping[str, str]) -> bytes:
    """Put several servers' figures into one text, each sample with a label that names its replica."""
    registry = CollectorRegistry()
    registry.register(_Labelled(figures))
    return generate_latest(registry)


class _Labelled(Collector):
    def __init__(self, figures: Mapping[str, str]) -> None:
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
