"""What stands before every route: the key, the size of a body, and the time that it may take to arrive."""

from __future__ import annotations

import asyncio
import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_server.errors import ApiError

MOST_BYTES = 1_000_000
MOST_SECONDS = 30.0
OPEN_PATHS = frozenset({"/health"})


class Guard:
    """Lets a request through once its key is right and its body has come in full."""

    def __init__(self, app: ASGIApp, key: str | None, most_seconds: float = MOST_SECONDS) -> None:
        self.app = app
        self._key = key
        self._most_seconds = most_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._check_key(scope)
            first = await self._whole_body(scope, receive)
        except ApiError as error:
            await error.response()(scope, receive, send)
            return
        await self.app(scope, _first_then(first, receive), send)

    def _check_key(self, scope: Scope) -> None:
        if self._key is None or scope["path"] in OPEN_PATHS:
            return
        scheme, _, shown = Headers(scope=scope).get("authorization", "").partition(" ")
        right = hmac.compare_digest(shown.strip().encode(), self._key.encode())
        if scheme.lower() != "bearer" or not right:
            raise ApiError(
                401,
                "Show the server's key: Authorization: Bearer KEY.",
                "invalid_api_key",
                kind="authentication_error",
                headers={"WWW-Authenticate": "Bearer"},
            )

    async def _whole_body(self, scope: Scope, receive: Receive) -> Message:
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > MOST_BYTES:
            raise _too_large()
        try:
            async with asyncio.timeout(self._most_seconds):
                return await _read(receive)
        except TimeoutError as error:
            raise ApiError(
                408, f"The body did not arrive within {self._most_seconds:g} seconds.", "timeout"
            ) from error


async def _read(receive: Receive) -> Message:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            raise _too_large()
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _too_large() -> ApiError:
    return ApiError(413, f"The body may be at most {MOST_BYTES:,} bytes.", "body_too_large")


def _first_then(first: Message, receive: Receive) -> Receive:
    pending = [first]

    async def replayed() -> Message:
        return pending.pop() if pending else await receive()

    return replayed
