"""The server's description of itself, at /openapi.json: what FastAPI knows, put right about errors, answers and the key."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from model_server.guard import OPEN_PATHS

ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
OF_ALL: Final = (400, 405, 408, 413, 415, 429, 431, 503)
WRITING: Final = ("/v1/chat/completions", "/v1/completions")
UNLOADING: Final = "/v1/unload_lora_adapter"
ADAPTING: Final = ("/v1/load_lora_adapter", UNLOADING)
NAMING_A_MODEL: Final = (*WRITING, *ADAPTING, "/v1/models/{name}", "/tokenize")
OBJECT: Final[dict[str, Any]] = {"application/json": {"schema": {"type": "object"}}}
TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
EVENTS: Final[dict[str, Any]] = {"schema": {"type": "object", "properties": {"data": {"type": "string"}}}}
"""Of each event of a stream, as schemas see it: an object of its fields."""
ANSWERS: Final[dict[str, Any]] = {
    **{path: {**OBJECT, "text/event-stream": EVENTS} for path in WRITING},
    **{path: {"text/plain": TEXT} for path in (*ADAPTING, "/metrics")},
}


def install(app: FastAPI, *, key: bool) -> None:
    """Let an app describe itself; `key` says whether clients must show one."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, key)
        return app.openapi_schema

    app.openapi = describe


def _described(app: FastAPI, key: bool) -> dict[str, Any]:
    known = get_openapi(title=app.title, version=app.version, routes=app.routes)
    parts = known.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Error"] = ERROR
    if key:
        parts["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, methods in known["paths"].items():
        for operation in methods.values():
            operation["responses"] = _responses(path, guarded=key and path not in OPEN_PATHS)
            if key and path not in OPEN_PATHS:
                operation["security"] = [{"key": []}]
    return known


def _responses(path: str, *, guarded: bool) -> dict[str, Any]:
    statuses = {
        *OF_ALL,
        *([401] if guarded else []),
        *([404] if path in NAMING_A_MODEL else []),
        *([500, 504] if path in WRITING else []),
        *([409] if path == UNLOADING else []),
    }
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    described = {
        str(status): {"description": HTTPStatus(status).phrase, "content": error}
        for status in sorted(statuses)
    }
    if path in OPEN_PATHS:
        described["503"] = {"description": "Loading, or a step of the model hangs", "content": OBJECT}
    return {"200": {"description": "The answer", "content": ANSWERS.get(path, OBJECT)}, **described}
