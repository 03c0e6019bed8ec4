"""Adapters over HTTP: models of their own, named `model:adapter`, which vLLM's routes load and unload."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from fastapi.responses import PlainTextResponse

from model_server.engine.adapters.interface import UnknownAdapter
from model_server.engine.interface import EngineError
from model_server.errors import ApiError, translate
from model_server.protocol import LoadAdapterRequest, UnloadAdapterRequest
from model_server.served import Served


def cards(served: Served) -> list[dict[str, Any]]:
    """Describe the model and each adapter over it, as /v1/models does."""
    card = {
        "id": served.name,
        "object": "model",
        "created": served.created,
        "owned_by": "scriptorium",
        "root": served.name,
        "parent": None,
        "max_model_len": served.context,
    }
    over = [{**card, "id": served.model_of(name), "parent": served.name} for name in served.adapters.names()]
    return [card, *over]


def card(served: Served, model: str) -> dict[str, Any]:
    """Describe the model, or one with an adapter. Raises ApiError."""
    for known in cards(served):
        if known["id"] == model:
            return known
    raise ApiError(404, "This server has no such adapter.", "model_not_found", "model")


async def load(served: Served, asked: LoadAdapterRequest) -> PlainTextResponse:
    """Hold an adapter of the folder in memory, as its files are now. Raises ApiError."""
    if asked.lora_path not in (None, asked.lora_name):
        raise ApiError(
            400,
            "lora_path: adapters come from the server's own folder; leave it out.",
            "invalid_value",
            "lora_path",
        )
    try:
        await asyncio.to_thread(served.adapters.load, asked.lora_name)
    except EngineError as error:
        raise _of_lora_name(error) from error
    return PlainTextResponse(f"{served.model_of(asked.lora_name)} is loaded.")


def unload(served: Served, asked: UnloadAdapterRequest) -> PlainTextResponse:
    """Hold an adapter in memory no longer. Raises ApiError."""
    try:
        served.adapters.unload(asked.lora_name)
    except UnknownAdapter as error:
        message = f"No adapter {asked.lora_name} is loaded."
        raise ApiError(404, message, "model_not_found", "lora_name") from error
    except EngineError as error:
        raise _of_lora_name(error) from error
    return PlainTextResponse(f"{served.model_of(asked.lora_name)} is unloaded.")


def _of_lora_name(error: EngineError) -> ApiError:
    return replace(translate(error), param="lora_name")
