"""A chat request from its JSON to the engine and back, whole or as a stream."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from model_server.answers import Answer
from model_server.engine.interface import Event, Generation, GenerationFailed, GenerationRequest, Sampling
from model_server.errors import ApiError, translate
from model_server.protocol import MOST_SEED, ChatRequest, Ending, Message
from model_server.served import Served

HEARTBEAT = 3.0


async def prepare(served: Served, asked: ChatRequest) -> GenerationRequest:
    """Encode and check a request. Raises ApiError, UnfitMessages."""
    prompt = await encode(served, asked.messages, asked)
    if not prompt:
        raise ApiError(400, "The messages hold nothing to go on from.", "invalid_value", "messages")
    room = served.context - len(prompt)
    if room < 1:
        raise ApiError(
            400,
            f"The messages take {len(prompt)} tokens and leave no room for an answer within the "
            f"{served.context} of this model's context.",
            "context_length_exceeded",
            "messages",
        )
    wanted = asked.max_completion_tokens or asked.max_tokens or room
    return GenerationRequest(
        prompt=tuple(prompt),
        max_tokens=min(wanted, room),
        seed=secrets.randbelow(MOST_SEED) if asked.seed is None else asked.seed,
        candidates=asked.n or 1,
        stop=asked.stops(),
        sampling=_sampling(asked),
    )


async def encode(served: Served, messages: Sequence[Message], ending: Ending) -> list[int]:
    """Turn messages into tokens, beside the event loop."""
    return await asyncio.to_thread(
        served.chat.messages,
        [message.plain() for message in messages],
        answer=ending.add_generation_prompt,
        go_on=ending.continue_final_message,
    )


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
        for candidate in range(candidates):
            yield _data(answer.opening(candidate))
        async for event in _with_heartbeats(generation):
            if isinstance(event, str):
                yield event
                continue
            answer.take(event)
            yield _data(answer.chunk(event))
        if usage:
            yield _data(answer.usage_chunk())
        yield "data: [DONE]\n\n"
    except GenerationFailed as failure:
        yield _data(translate(failure).body())


def _sampling(asked: ChatRequest) -> Sampling:
    names = Sampling.__dataclass_fields__
    given = {name: value for name in names if (value := getattr(asked, name)) is not None}
    return Sampling(**given)


async def _gather(generation: Generation, answer: Answer) -> dict[str, Any]:
    async for event in generation:
        answer.take(event)
    return answer.whole()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _with_heartbeats(generation: Generation) -> AsyncIterator[Event | str]:
    """Give the events, and a comment now and then while none comes, so that nobody takes the line for dead."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                event = await anext(generation)
        except TimeoutError:
            position = generation.position
            yield f": waiting, position {position}\n\n" if position else ": reading\n\n"
        except StopAsyncIteration:
            return
        else:
            yield event


def _data(fields: dict[str, Any]) -> str:
    return f"data: {json.dumps(fields, ensure_ascii=False, separators=(',', ':'))}\n\n"
