"""A model server that behaves as each test wants, reached over real loopback HTTP."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import SecretStr

from bot.model import Address, Endpoint, ModelClient, open_model
from bot.story.presets import Sampling
from bot.workshop.records import ChatMessage, ModelRequest

KEY = "sk-the-stage-key-4711"
Reply = Callable[[dict[str, Any]], Response]


def event(text: str | None = None, end: str | None = None) -> str:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": end}
    return f"data: {json.dumps({'id': 'x', 'choices': [choice]})}\n\n"


def error(status: int, **headers: str) -> Response:
    return JSONResponse({"error": {"message": f"the key was {KEY}"}}, status, headers)


@dataclass
class Stage:
    """What the server was asked, and how it answers: each reply once, the last one for good."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    tokenized: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    cards: Any = field(default_factory=lambda: [{"id": "fable", "max_model_len": 2048}, {"id": "saga"}])
    replies: list[Reply] = field(default_factory=list)
    tokenize: Reply = lambda body: JSONResponse({"count": len(body["prompt"].split())})
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def events(self, *parts: str | float) -> Reply:
        """Send parts as they are; a number is a pause in seconds."""

        async def send() -> AsyncIterator[str]:
            try:
                for part in parts:
                    if isinstance(part, str):
                        yield part
                    else:
                        await asyncio.sleep(part)
            finally:
                self.left.set()

        return lambda body: StreamingResponse(send(), media_type="text/event-stream")

    def says(self, *texts: str) -> Reply:
        return self.events(*map(event, texts), event(end="stop"), "data: [DONE]\n\n")

    def answers(self, status: int, **headers: str) -> Reply:
        return lambda body: error(status, **{name.replace("_", "-"): v for name, v in headers.items()})

    def refuses(self, names: Iterable[str], otherwise: Reply) -> Reply:
        return lambda body: error(400) if set(names) & body.keys() else otherwise(body)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def app_of(stage: Stage) -> FastAPI:
    app = FastAPI()

    @app.get("/v1/models")
    async def models(request: Request) -> Response:
        stage.keys.add(request.headers["authorization"])
        return JSONResponse({"object": "list", "data": stage.cards})

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await request.json()
        stage.keys.add(request.headers["authorization"])
        stage.asked.append(body)
        return stage.next_reply()(body)

    @app.post("/tokenize")
    async def tokenize(request: Request) -> Response:
        body = await request.json()
        stage.tokenized.append(body["prompt"])
        return stage.tokenize(body)

    return app


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    stage.replies = [stage.says("Once", " upon")]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stage.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        config = uvicorn.Config(app_of(stage), log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield stage
        serving.cancel()
        server.force_exit = True
        await server.shutdown(sockets=[listener])
        await asyncio.wait([serving])


@pytest.fixture
def address(stage: Stage) -> Address:
    return Address(stage.url, SecretStr(KEY))


@pytest.fixture
async def model(address: Address) -> AsyncIterator[ModelClient]:
    async with open_model(Endpoint(address)) as client:
        yield client


@pytest.fixture
def ask() -> Callable[..., ModelRequest]:
    def request(
        *messages: tuple[str, str],
        sampling: Sampling | None = None,
        guild: str = "",
        asker: str = "",
        adapter: str = "",
    ) -> ModelRequest:
        chat = messages or (("system", "You write."), ("user", "A lighthouse."))
        return ModelRequest(
            messages=tuple(ChatMessage(*message) for message in chat),
            sampling=sampling or Sampling(temperature=0.8, top_p=0.9, min_p=0.05, repetition_penalty=1.1),
            max_tokens=20,
            seed=7,
            stop=("THE END",),
            guild=guild,
            asker=asker,
            adapter=adapter,
        )

    return request
