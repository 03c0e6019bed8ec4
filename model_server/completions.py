"""What the engine writes on its way back to the client: whole, or as a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from model_server.answers import Answer
from model_server.engine.interface import EngineError, Event, Generation
from model_server.errors import ApiError, translate

FIRST_HEARTBEAT = 0.3
HEARTBEAT = 3.0


class EventStream(StreamingResponse):
    """A stream whose generation stops with it, also when the client leaves in the middle of a send."""

    media_type = "text/event-stream"

    def __init__(self, generation: Generation, events: AsyncIterator[str]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._generation = generation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._generation.cancel()


async def whole(generation: Generation, answer: Answer, request: Request) -> dict[str, Any]:
    """Gather a complete answer; when the client leaves, stop generating."""
    gathering = asyncio.ensure_future(_gather(generation, answer))
    leaving = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((gathering, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not gathering.done():
            raise ApiError(499, "The client has left.", "client_closed_request")
        return gathering.result()
    finally:
        generation.cancel()
        for task in (gathering, leaving):
            task.cancel()


async def stream(generation: Generation, answer: Answer, candidates: int, usage: bool) -> AsyncIterator[str]:
    """Give server-sent events until the last candidate has ended."""
    try:
        for opening in answer.openings(candidates):
            yield _data(opening)
        async for event in _with_heartbeats(generation):
            if isinstance(event, str):
                yield event
                continue
            answer.take(event)
            yield _data(answer.chunk(event))
        answer.cached_tokens = generation.cached_tokens
        if usage:
            yield _data(answer.usage_chunk())
        yield "data: [DONE]\n\n"
    except EngineError as failure:
        yield _data(translate(failure).body())


async def _gather(generation: Generation, answer: Answer) -> dict[str, Any]:
    async for event in generation:
        answer.take(event)
    answer.cached_tokens = generation.cached_tokens
    return answer.whole()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _with_heartbeats(generation: Generation) -> AsyncIterator[Event | str]:
    """Give the events, and a comment now and then while none comes, so that nobody takes the line for dead."""
    patience = FIRST_HEARTBEAT
    while True:
        try:
            async with asyncio.timeout(patience):
                event = await anext(generation)
        except TimeoutError:
            yield _heartbeat(generation)
        except StopAsyncIteration:
            return
        else:
            yield event
        patience = HEARTBEAT


def _heartbeat(generation: Generation) -> str:
    """Give a comment, which readers of server-sent events skip."""
    if position := generation.position:
        return f": queued {position}, about {math.ceil(generation.wait)} s\n\n"
    return ": reading\n\n"


def _data(fields: dict[str, Any]) -> str:
    return f"data: {json.dumps(fields, ensure_ascii=False, separators=(',', ':'))}\n\n"
