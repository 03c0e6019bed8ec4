"""Connections before they have become requests: how many, how slow, how malformed."""

from __future__ import annotations

import asyncio
import json
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from model_server.errors import ApiError
from model_server.guard import MOST_HEADER_BYTES, headers_too_long

MOST_CONNECTIONS: Final = 1_000


class Wire(H11Protocol):
    """uvicorn's own protocol, with a bound on connections and on the time for headers, and errors of OpenAI's shape."""

    most_connections = MOST_CONNECTIONS
    headers_within = 20.0
    """Seconds from the first byte of a request, or from connecting, until its headers have to be there."""
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most_connections:
            self._refuse(
                ApiError(503, "There are too many connections.", "overloaded", headers={"Retry-After": "5"})
            )
            return
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        unread, _ = self.conn.trailing_data
        too_long = len(unread) > MOST_HEADER_BYTES
        self._refuse(headers_too_long() if too_long else ApiError(400, msg, "invalid_http"))

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop_waiting()
        elif self._waiting is None:
            seconds = self.headers_within
            late = ApiError(408, f"The headers did not arrive within {seconds:g} seconds.", "timeout")
            self._waiting = self.loop.call_later(seconds, self._refuse, late)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, error: ApiError) -> None:
        self._stop_waiting()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps(error.body()).encode()
            headers = [
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(body))),
                ("Connection", "close"),
                *error.headers.items(),
            ]
            for event in (
                h11.Response(status_code=error.status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
