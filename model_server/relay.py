"""HTTP requests carried whole to an app in another process, and its answer carried back as it comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_server.affinity import affinity
from model_server.errors import ApiError

logger = logging.getLogger(__name__)

ATTEMPTS = 2


@dataclass(frozen=True)
class Asked:
    """A request that has come in full."""

    method: str
    path: str
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def scope(self) -> Scope:
        """Give the request as an app wants it."""
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": self.method,
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "headers": list(self.headers),
        }


@dataclass(eq=False)
class ReplicaLost(Exception):
    """The replica that was asked has ended."""


class Replicas(Protocol):
    """Several processes with the same app."""

    def ask(self, asked: Asked, session: str) -> AsyncIterator[Message]:
        """Have one of them answer, for one session always the same while it has room. Raises ReplicaLost, ApiError."""
        ...


class Relay:
    """An app whose answers are those of replicas."""

    def __init__(self, replicas: Replicas) -> None:
        self._replicas = replicas

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request, whose body comes in one message. Raises ApiError."""
        body = (await receive()).get("body", b"")
        headers = tuple((bytes(name), bytes(value)) for name, value in scope["headers"])
        asked = Asked(scope["method"], scope["path"], scope["query_string"], headers, body)
        session = affinity(body)
        for _ in range(ATTEMPTS):
            if await self._carried(asked, session, send):
                return
        raise ApiError(
            503,
            "The replica that was asked has ended; ask again.",
            "replica_lost",
            kind="server_error",
            headers={"Retry-After": "1"},
        )

    async def _carried(self, asked: Asked, session: str, send: Send) -> bool:
        """Tell whether an answer came; once it has begun, nobody else can give it. Raises ReplicaLost."""
        begun = False
        try:
            async for message in self._replicas.ask(asked, session):
                begun = True
                await send(message)
        except ReplicaLost:
            if begun:
                raise
            return False
        return True


async def answered(app: ASGIApp, asked: Asked) -> AsyncIterator[Message]:
    """Give an app's answer message by message; leaving the iteration stops the app."""
    messages: asyncio.Queue[Message | None] = asyncio.Queue()
    answering = asyncio.create_task(_answer(app, asked, messages))
    try:
        while (message := await messages.get()) is not None:
            yield message
    finally:
        answering.cancel()


async def _answer(app: ASGIApp, asked: Asked, messages: asyncio.Queue[Message | None]) -> None:
    parts: list[Message] = [{"type": "http.request", "body": asked.body, "more_body": False}]

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()  # nobody leaves: who does cancels the task
        return parts.pop()

    try:
        await app(asked.scope(), receive, messages.put)
    except Exception:
        logger.exception("a request failed")
    finally:
        messages.put_nowait(None)
