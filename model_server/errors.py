"""Errors as OpenAI's clients expect them: {"error": {"message", "type", "param", "code"}}."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from model_server.chat import UnfitMessages
from model_server.engine.adapters.interface import (
    AdapterInUse,
    NoRoomForAdapter,
    UnfitAdapter,
    UnknownAdapter,
)
from model_server.engine.interface import (
    DeadlinePassed,
    EngineError,
    GenerationFailed,
    Overloaded,
    QueueFull,
    TooManyCandidates,
    Unfit,
)

logger = logging.getLogger(__name__)

INVALID = "invalid_request_error"


@dataclass(eq=False)
class ApiError(Exception):
    """An answer that is an error."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    kind: str = INVALID
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def body(self) -> dict[str, Any]:
        """Give the JSON of it."""
        param = None if self.param is None else _sendable(self.param)
        message = _sendable(self.message)
        return {"error": {"message": message, "type": self.kind, "param": param, "code": self.code}}

    def response(self) -> JSONResponse:
        """Give the whole answer."""
        return JSONResponse(self.body(), self.status, dict(self.headers))


def translate(error: Exception) -> ApiError:
    """Word any error as one of the API; what is not foreseen is a 500 that says nothing of its inside."""
    match error:
        case ApiError():
            return error
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException(status_code=status, detail=detail):
            return ApiError(status, str(detail), headers=error.headers or {})
        case EngineError():
            return _of_engine(error)
        case UnfitMessages(reason=reason):
            return ApiError(
                400, f"These messages do not fit the model: {reason}", "invalid_value", "messages"
            )
        case _:
            return _unforeseen()


def install(app: FastAPI) -> None:
    """Answer every error of the app in this shape."""

    async def answer(_request: Request, error: Exception) -> JSONResponse:
        return translate(error).response()

    for kind in (
        ApiError, RequestValidationError, HTTPException, EngineError, UnfitMessages, Exception,
    ):  # fmt: skip
        app.add_exception_handler(kind, answer)


def _invalid(errors: Sequence[Any]) -> ApiError:
    """Name the first parameter that is wrong, without repeating what was sent."""
    first = cast("dict[str, Any]", errors[0])
    place = [str(part) for part in first["loc"] if part != "body"]
    param = ".".join(place) or None
    return ApiError(400, f"{param or 'The body'}: {first['msg']}.", "invalid_value", param)


def _sendable(text: str) -> str:
    """Give text that can be sent, also where it repeats a name that was no text."""
    return text.encode(errors="replace").decode()


def _of_engine(error: EngineError) -> ApiError:
    match error:
        case QueueFull(waiting=waiting, retry_after=seconds):
            message = f"{waiting} requests are waiting already; try again in {seconds} seconds."
            return _later(429, message, "queue_full", "rate_limit_error", seconds)
        case Overloaded(retry_after=seconds):
            message = "The server is short of memory and has given this request up; try again later."
            return _later(503, message, "overloaded", "server_error", seconds)
        case TooManyCandidates(most=most):
            return ApiError(400, f"n is at most {most} on this server.", "invalid_value", "n")
        case Unfit(param=param, reason=reason):
            return ApiError(400, f"{param}: {reason}.", "invalid_value", param)
        case DeadlinePassed(seconds=seconds, asked=asked):
            message = f"After {seconds:g} seconds there was no first token."
            status, param = (408, "max_seconds") if asked else (504, None)
            return ApiError(status, message, "deadline_passed", param, kind="server_error")
        case GenerationFailed(reason=reason):
            return ApiError(500, f"Generation failed: {reason}.", "generation_failed", kind="server_error")
        case _:
            return _of_adapters(error)


def _of_adapters(error: EngineError) -> ApiError:
    match error:
        case UnknownAdapter(name=name):
            return ApiError(404, f"This server has no adapter {name}.", "model_not_found", "model")
        case UnfitAdapter(name=name, reason=reason):
            return ApiError(400, f"The adapter {name} cannot be used: {reason}.", "unfit_adapter", "model")
        case NoRoomForAdapter(most=most, retry_after=seconds):
            message = f"{most} adapters are in use, and no more are held; try again in {seconds} seconds."
            later = _later(429, message, "adapters_in_use", "rate_limit_error", seconds)
            return replace(later, param="model")
        case AdapterInUse(name=name):
            return ApiError(409, f"Answers are being written with {name}.", "adapter_in_use", "model")
        case _:
            return _unforeseen()


def _later(status: int, message: str, code: str, kind: str, seconds: int) -> ApiError:
    return ApiError(status, message, code, kind=kind, headers={"Retry-After": str(seconds)})


def _unforeseen() -> ApiError:
    return ApiError(500, "The server failed; its log says why.", "internal_error", kind="server_error")
