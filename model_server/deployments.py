"""The model server as Ray Serve deployments: replicas that write, and a front that sends each text to its own.

Ray's consistent hashing keeps a session's requests at one replica while it has room, so that what was read
of a growing text is not read again; a full or lost replica's requests go to the next one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import ray  # pyright: ignore[reportMissingImports]
from ray import serve  # pyright: ignore[reportMissingImports]
from ray.exceptions import RayActorError, RayError  # pyright: ignore[reportMissingImports]
from ray.serve.config import AutoscalingConfig, RequestRouterConfig  # pyright: ignore[reportMissingImports]
from ray.serve.exceptions import (  # pyright: ignore[reportMissingImports]
    BackPressureError,
    DeploymentUnavailableError,
    RayServeException,
    ReplicaUnavailableError,
)
from starlette.types import ASGIApp, Message

from model_server.app import Desk, create_app
from model_server.engine.interface import QueueFull
from model_server.faults import StartFault
from model_server.front import create_front
from model_server.options import Options
from model_server.relay import Asked, ReplicaLost, answered
from model_server.scale import Scale
from model_server.sources import find
from model_server.tidings import Tidings

logger = logging.getLogger(__name__)

ROUTER = "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter"
LOST = (RayActorError, ReplicaUnavailableError, DeploymentUnavailableError)
BUSY = 0.75
"""How full replicas are before another is started, as a part of what one writes at once."""
APP = "model_server"
HEALTH_EVERY = 2.0
FAULT = re.compile(r"StartFault[^:\n]*: (.+)")
MOST_REQUESTS = 10_000
FRONT = "front"
PATIENCE = 1.0
REPLICA = "replica"
TAKEN: Message = {"type": "taken"}
"""What comes before an answer: a replica has the request."""
RETRY_AFTER = 5
TRIES = 2


class Replica:
    """One model with its engine and its app; the front has checked the key."""

    def __init__(self, options: Options) -> None:
        logging.basicConfig(level=logging.INFO)
        source = find(options.model, options.cache_dir, logger.info)
        from model_server.loading import load  # imports what computes, which a front must not

        self._served = load(source, options)
        self._app = create_app(Desk(self._served), None)

    async def answer(self, asked: Asked) -> AsyncIterator[Message]:
        """Answer a request, message by message, after TAKEN."""
        yield TAKEN
        async for message in answered(self._app, asked):
            yield message

    async def check_health(self) -> None:
        """Tell the front how this replica does. Ray calls it every HEALTH_EVERY seconds, however full the replica is."""
        name = serve.get_replica_context().replica_id.unique_id
        state, figures = [await self._look(path) for path in ("/health", "/metrics")]
        with suppress(RayError, RayServeException, TimeoutError):  # at first there is no front
            front = serve.get_deployment_handle(FRONT, APP)
            async with asyncio.timeout(PATIENCE):
                await front.hear.remote(name, json.loads(state), figures)

    async def _look(self, path: str) -> str:
        asked = Asked("GET", path, b"", (), b"")
        parts = [message.get("body", b"") async for message in answered(self._app, asked)]
        return b"".join(parts).decode()


class RayFleet:
    """The replicas behind Ray's handle."""

    def __init__(self, replicas: Any) -> None:
        self.tidings = Tidings()
        self._replicas = replicas
        self._waiting = 0

    async def ask(self, asked: Asked, session: str) -> AsyncIterator[Message]:
        """Have the session's replica answer, any where there is no session. Raises ReplicaLost, QueueFull."""
        handle = self._replicas.options(method_name="answer", stream=True, session_id=session)
        messages = handle.remote(asked)
        try:
            with self._waits():
                await anext(messages)
            async for message in messages:
                yield message
        except BackPressureError as full:
            raise QueueFull(full.args[0], RETRY_AFTER) from full
        except LOST as lost:
            raise ReplicaLost from lost
        finally:
            messages.cancel()

    @property
    def waiting(self) -> int:
        """Give the number of requests that no replica has taken yet."""
        return self._waiting

    def states(self) -> Sequence[Mapping[str, Any]]:
        """Give what /health said of each replica."""
        return self.tidings.states()

    def figures(self) -> Mapping[str, str]:
        """Give what /metrics said of each replica, by its name."""
        return self.tidings.figures()

    @contextmanager
    def _waits(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


@serve.ingress()
class Front:
    """Takes requests in, and hands each to the replica of its session."""

    def __init__(self, replicas: Any, key: str | None) -> None:
        self._fleet = RayFleet(replicas)
        self._app = create_front(self._fleet, key)
        self._heard = asyncio.Event()

    async def hear(self, name: str, state: Mapping[str, Any], figures: str) -> None:
        """Take in what a replica tells of itself."""
        self._fleet.tidings.hear(name, state, figures)
        self._heard.set()

    async def model(self) -> str:
        """Give the model's name, as soon as a replica has told of itself."""
        await self._heard.wait()
        return self._fleet.states()[0]["model"]

    def __serve_build_asgi_app__(self) -> ASGIApp:
        return self._app


@contextmanager
def started(options: Options, scale: Scale, port: int) -> Iterator[str]:
    """Run the deployments, in a cluster of their own or another, and give the model's name. Raises StartFault."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(scale.address, log_to_driver=False, logging_level=logging.WARNING)
    try:
        serve.start(http_options={"host": options.host, "port": port})
        yield _run(options, scale)
    finally:
        if scale.address is not None:  # a cluster of our own ends with all that is in it, at once
            serve.shutdown()
        ray.shutdown()


def _run(options: Options, scale: Scale) -> str:
    try:
        serve.run(application(options, scale), name=APP)
        return serve.get_deployment_handle(FRONT, APP).model.remote().result()
    except (RuntimeError, RayError) as error:
        raise StartFault(f"The replicas do not start: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Find the sentence of a replica's fault in what Ray says of it."""
    replicas = serve.status().applications[APP].deployments.get(REPLICA)
    said = replicas.message if replicas else str(error)
    found = FAULT.findall(said) or said.strip().splitlines()[-1:] or [type(error).__name__]
    return found[-1]


def application(options: Options, scale: Scale) -> Any:
    """Give what Ray Serve is to run. A replica takes as many requests as it writes at once, the next goes on.

    One that is taken away when the load is less may end its answers: by itself Ray gives it twenty seconds.
    """
    replicas = serve.deployment(Replica).options(
        name=REPLICA,
        max_ongoing_requests=options.max_concurrent,
        max_queued_requests=options.max_queue,
        ray_actor_options={"num_cpus": scale.cpus, "num_gpus": scale.gpus},
        request_router_config=RequestRouterConfig(request_router_class=ROUTER),
        health_check_period_s=HEALTH_EVERY,
        graceful_shutdown_timeout_s=options.max_seconds,
        max_constructor_retry_count=TRIES,
        **_size(options, scale),
    )
    front = serve.deployment(Front).options(
        name=FRONT, max_ongoing_requests=MOST_REQUESTS, ray_actor_options={"num_cpus": 0}
    )
    return front.bind(replicas.bind(replace(options, key=None)), options.key)


def _size(options: Options, scale: Scale) -> dict[str, Any]:
    if scale.least == scale.most:
        return {"num_replicas": scale.least}
    auto = AutoscalingConfig(
        min_replicas=scale.least,
        max_replicas=scale.most,
        target_ongoing_requests=max(1.0, options.max_concurrent * BUSY),
        downscale_delay_s=scale.idle,
    )
    return {"num_replicas": None, "autoscaling_config": auto}
