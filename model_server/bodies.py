"""JSON as it is taken: UTF-8, every name once, not nested without end."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, cast

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from model_server.errors import ApiError

DEEPEST = 64


class StrictRoute(APIRoute):
    """A route that reads its body by `parse`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Give the handler, which raises ApiError for a body that cannot be parsed."""
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            parsed = _Parsed(request.scope, request.receive)
            if body := await parsed.body():
                parsed.content = parse(body)
            return await handle(parsed)

        return strict


def parse(body: bytes) -> Any:
    """Read JSON. Raises ApiError."""
    try:
        read = json.loads(body.decode(), object_pairs_hook=_each_once)
    except UnicodeDecodeError as error:
        raise ApiError(400, "The body is not valid UTF-8.", "invalid_utf8") from error
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:
        raise ApiError(400, "The body is not valid JSON.", "invalid_json") from error
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _check_depth(read)
    return read


class _Parsed(Request):
    content: Any = None

    async def json(self) -> Any:
        return self.content


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ApiError(400, f"{twice} is given more than once.", "duplicate_parameter", twice)
    return read


def _check_depth(read: Any) -> None:
    level = [read]
    for _ in range(DEEPEST):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return
    raise _too_deep()


def _inside(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value).values())
    return cast("list[Any]", value) if isinstance(value, list) else ()


def _too_deep() -> ApiError:
    return ApiError(400, f"The body is nested more than {DEEPEST} deep.", "invalid_json")
