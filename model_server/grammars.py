"""Which of the ways to ask for a form of the answer a request uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from model_server.engine.interface import Grammar
from model_server.errors import ApiError
from model_server.wishes import ResponseFormat, StructuredOutputs, Wishes

ANY_OBJECT: dict[str, Any] = {"type": "object"}


def grammar_of(asked: Wishes) -> Grammar | None:
    """Give the one grammar that is asked for. Raises ApiError where there are several."""
    grammars = list(_grammars(asked))
    if len(grammars) > 1:
        first, second = (grammar.param for grammar in grammars[:2])
        raise ApiError(400, f"{second}: there is {first} already; give one of them.", "invalid_value", second)
    return grammars[0] if grammars else None


def _grammars(asked: Wishes) -> Iterator[Grammar]:
    if asked.response_format:
        yield from _of_response_format(asked.response_format)
    if asked.structured_outputs:
        yield from _of_structured_outputs(asked.structured_outputs)
    if asked.guided_json is not None:
        yield _json(asked.guided_json, "guided_json")
    if asked.guided_regex is not None:
        yield Grammar("regex", asked.guided_regex, "guided_regex")
    if asked.guided_choice is not None:
        yield _choice(asked.guided_choice, "guided_choice")
    if asked.guided_grammar is not None:
        yield Grammar("grammar", asked.guided_grammar, "guided_grammar")


def _of_response_format(asked: ResponseFormat) -> Iterator[Grammar]:
    if asked.type == "json_object":
        yield _json(ANY_OBJECT, "response_format")
    if asked.type == "json_schema":
        if asked.json_schema is None:
            param = "response_format.json_schema"
            raise ApiError(400, f"{param} is missing.", "invalid_value", param)
        yield _json(asked.json_schema.schema_, "response_format.json_schema.schema")


def _of_structured_outputs(asked: StructuredOutputs) -> Iterator[Grammar]:
    if asked.model_extra:
        param = f"structured_outputs.{next(iter(asked.model_extra))}"
        raise ApiError(400, f"{param} is not supported by this server.", "invalid_value", param)
    if asked.json_ is not None:
        yield _json(asked.json_, "structured_outputs.json")
    if asked.json_object:
        yield _json(ANY_OBJECT, "structured_outputs.json_object")
    if asked.regex is not None:
        yield Grammar("regex", asked.regex, "structured_outputs.regex")
    if asked.choice is not None:
        yield _choice(asked.choice, "structured_outputs.choice")
    if asked.grammar is not None:
        yield Grammar("grammar", asked.grammar, "structured_outputs.grammar")


def _json(schema: str | dict[str, Any], param: str) -> Grammar:
    try:
        return Grammar("json", schema if isinstance(schema, str) else json.dumps(schema), param)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, f"{param} is nested too deeply.", "invalid_value", param) from error


def _choice(choices: list[str], param: str) -> Grammar:
    return Grammar("choice", json.dumps(choices), param)
