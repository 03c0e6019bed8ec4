"""What stands before every route: the key, how many requests there are, a body's kind and size and the time it takes."""

from __future__ import annotations

import asyncio
import hmac

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from model_server.errors import ApiError

MOST_BYTES = 1_000_000
MOST_HEADER_BYTES = 32_768
MOST_SECONDS = 30.0
MOST_REQUESTS = 500
OPEN_PATHS = frozenset({"/health"})


class Guard:
    """Lets a request through once its key is right and its body has come in full. Who leaves before that is forgotten."""

    def __init__(
        self,
        app: ASGIApp,
        key: str | None,
        most_seconds: float = MOST_SECONDS,
        most_requests: int = MOST_REQUESTS,
    ) -> None:
        """`most_requests` may be under way at once, those that are answered without the key not counted."""
        self.app = app
        self._key = key
        self._most_seconds = most_seconds
        self._most_requests = most_requests
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an ASGI request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._requests += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self._requests -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            _check_headers(scope)
            self._check_key(scope)
            self._check_number(scope)
            _check_encoding(scope)
            first = await self._whole_body(scope, receive)
            if first["type"] == "http.disconnect":
                return  # nobody is left to answer
            _check_kind(scope, first)
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

    def _check_number(self, scope: Scope) -> None:
        if self._requests > self._most_requests and scope["path"] not in OPEN_PATHS:
            raise ApiError(
                429,
                f"{self._most_requests} requests are under way already.",
                "too_many_requests",
                kind="rate_limit_error",
                headers={"Retry-After": "5"},
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


def _check_headers(scope: Scope) -> None:
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
        raise headers_too_long()


def headers_too_long() -> ApiError:
    """Make the answer to more headers than anyone needs."""
    return ApiError(431, f"The headers are longer than {MOST_HEADER_BYTES:,} bytes.", "headers_too_large")


def _check_encoding(scope: Scope) -> None:
    """Take a body as it is: what is packed could unpack to any size."""
    if Headers(scope=scope).get("content-encoding", "identity").strip().lower() != "identity":
        raise ApiError(415, "Send the body as it is, without Content-Encoding.", "unsupported_encoding")


def _check_kind(scope: Scope, body: Message) -> None:
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if body.get("body") and kind != "application/json":
        raise ApiError(415, "Send JSON, as Content-Type: application/json.", "unsupported_media_type")


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
