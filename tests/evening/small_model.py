"""A small OpenAI-compatible server: words at a steady pace, or one of the ways in which a server fails."""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

NOUNS = [
    "lamp",
    "door",
    "tide",
    "gull",
    "rope",
    "stair",
    "letter",
    "bell",
    "boat",
    "candle",
    "key",
    "storm",
    "window",
    "shadow",
    "map",
    "coat",
]
VERBS = [
    "opened",
    "moved",
    "burned",
    "sang",
    "waited",
    "turned",
    "trembled",
    "closed",
    "drifted",
    "spoke",
    "listened",
    "fell",
]


@dataclass
class SmallModel:
    """``manner``: writes, hangs, babbles (answers what nobody can read), or refuses with 503."""

    pace: float = 0.02
    words: int = 40
    manner: str = "writes"
    told: list[str] = field(default_factory=list)
    """What it answers first, each once, before it has words of its own."""
    written: list[float] = field(default_factory=list)
    """When each word was generated."""
    ended: list[float] = field(default_factory=list)
    url: str = ""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator["SmallModel", None]:
        app = web.Application()
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/tokenize", self.tokenize)
        app.router.add_post("/v1/chat/completions", self.complete)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def models(self, _: web.Request) -> web.Response:
        return await self._else() or web.json_response({"data": [{"id": "small", "max_model_len": 4096}]})

    async def tokenize(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return await self._else() or web.json_response({"count": len(asked["prompt"].split())})

    async def complete(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        if failed := await self._else():
            return failed
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        draw = random.Random(asked["seed"])
        words = (_word(draw, number) for number in range(min(self.words, asked["max_tokens"])))
        for word in [self.told.pop(0)] if self.told else words:
            await asyncio.sleep(self.pace)
            self.written.append(time.monotonic())
            await stream.write(_chunk({"content": word}))
        self.ended.append(time.monotonic())
        await stream.write(_chunk({}, "stop") + b"data: [DONE]\n\n")
        return stream

    async def _else(self) -> web.Response | None:
        match self.manner:
            case "hangs":
                await asyncio.sleep(3600)
            case "babbles":
                return web.Response(text="<html>Welcome to nginx!</html>", content_type="text/html")
            case "refuses":
                return web.Response(status=503, text="no")
        return None


def _word(draw: random.Random, number: int) -> str:
    place = number % 4
    words = ("The", draw.choice(NOUNS), draw.choice(VERBS), f"{draw.randrange(10**6)}.")
    return f"{' ' if number else ''}{words[place]}"


def _chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
    fields: dict[str, Any] = {
        "id": "c", "object": "chat.completion.chunk", "created": 0, "model": "small",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
    }  # fmt: skip
    return f"data: {json.dumps(fields)}\n\n".encode()
