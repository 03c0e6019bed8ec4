"""The HTTP side: OpenAI's routes, vLLM's /tokenize, /health and /metrics."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from model_server import adapters, errors, openapi, prompts
from model_server.answers import Answer, ChatAnswer, TextAnswer
from model_server.bodies import StrictRoute
from model_server.completions import EventStream, stream, whole
from model_server.engine.interface import GenerationRequest
from model_server.errors import ApiError
from model_server.guard import MOST_REQUESTS, Guard
from model_server.metrics import CONTENT_TYPE
from model_server.protocol import (
    ChatRequest,
    CompletionRequest,
    Generating,
    LoadAdapterRequest,
    TokenizeRequest,
    UnloadAdapterRequest,
)
from model_server.served import Served
from model_server.together import submit


@dataclass
class Desk:
    """The model behind the routes, None until it is loaded."""

    served: Served | None = None

    def model(self, name: str | None = None) -> Served:
        """Give the model, which must have this name, or this with an adapter's, where one is asked for. Raises ApiError."""
        if self.served is None:
            raise ApiError(
                503,
                "The model is still loading.",
                "loading",
                kind="server_error",
                headers={"Retry-After": "2"},
            )
        if name is not None and self.served.adapter_of(name) is None:
            raise ApiError(
                404, f"This server serves {self.served.name}, not this model.", "model_not_found", "model"
            )
        return self.served


def create_app(desk: Desk, key: str | None, most_requests: int = MOST_REQUESTS) -> FastAPI:
    """Build the app; `key` is what clients must show, None lets everyone in."""
    app = FastAPI(title="Scriptorium model server", docs_url=None, redoc_url=None)
    app.router.route_class = StrictRoute
    app.add_middleware(Guard, key=key, most_requests=most_requests)
    errors.install(app)
    openapi.install(app, key=key is not None)

    @app.get("/health")
    async def health() -> JSONResponse:
        """Say whether the model answers, and how busy it is."""
        return _health(desk)

    @app.get("/metrics")
    async def metrics() -> Response:
        """Give the figures of the requests so far; unlike /health they are behind the key."""
        return Response(desk.model().metrics.text(), media_type=CONTENT_TYPE)

    @app.get("/v1/models")
    async def models() -> dict[str, Any]:
        """List the model, and what it is with each adapter."""
        return {"object": "list", "data": adapters.cards(desk.model())}

    @app.get("/v1/models/{name:path}")
    async def model(name: str) -> dict[str, Any]:
        """Describe the model, or what it is with an adapter."""
        return adapters.card(desk.model(name), name)

    @app.post("/v1/load_lora_adapter")
    async def load_lora_adapter(asked: LoadAdapterRequest) -> Response:
        """Hold an adapter in memory, which also happens when it is first asked for."""
        return await adapters.load(desk.model(), asked)

    @app.post("/v1/unload_lora_adapter")
    async def unload_lora_adapter(asked: UnloadAdapterRequest) -> Response:
        """Hold an adapter in memory no longer."""
        return adapters.unload(desk.model(), asked)

    @app.post("/tokenize")
    async def tokenize(asked: TokenizeRequest) -> dict[str, Any]:
        """Count and give the tokens of a prompt or of messages, all text plain."""
        return await _tokenize(desk.model(asked.model), asked)

    @app.post("/v1/chat/completions")
    async def chat_completions(asked: ChatRequest, request: Request) -> Response:
        """Go on from the messages."""
        served = desk.model(asked.model)
        return await _complete(served, await prompts.of_chat(served, asked), ChatAnswer, asked, request)

    @app.post("/v1/completions")
    async def completions(asked: CompletionRequest, request: Request) -> Response:
        """Go on from plain text."""
        served = desk.model(asked.model)
        return await _complete(served, await prompts.of_completion(served, asked), TextAnswer, asked, request)

    return app


def _health(desk: Desk) -> JSONResponse:
    if desk.served is None:
        return JSONResponse({"status": "loading"}, 503)
    load = desk.served.engine.load()
    stalled = load.step_seconds > desk.served.stall_seconds
    return JSONResponse(
        {
            "status": "stalled" if stalled else "ok",
            "model": desk.served.name,
            "queue": load.queue,
            "running": load.running,
            "free_rows": load.free_rows,
            "wait_seconds": round(load.wait, 1),
            "step_seconds": round(load.step_seconds, 1),
            "generated_tokens": load.generated_tokens,
            "max_model_len": desk.served.context,
        },
        503 if stalled else 200,
    )


async def _tokenize(served: Served, asked: TokenizeRequest) -> dict[str, Any]:
    adapters.card(served, asked.model or served.name)
    if asked.messages is not None:
        tokens = await prompts.encode(served, asked.messages, asked)
    else:
        tokens = await asyncio.to_thread(served.chat.text, asked.prompt or "")
    return {"count": len(tokens), "tokens": tokens, "max_model_len": served.context}


async def _complete(
    served: Served, jobs: list[GenerationRequest], kind: type[Answer], asked: Generating, request: Request
) -> Response:
    generation = submit(served.engine, jobs)
    answer = kind(asked.model, sum(len(job.prompt) for job in jobs))
    if not asked.stream:
        body = await whole(generation, answer, request)
        return JSONResponse(body, headers={"X-Queued-Seconds": f"{generation.queued:.3f}"})
    candidates = sum(job.candidates for job in jobs)
    return EventStream(generation, stream(generation, answer, candidates, asked.usage_wanted))
