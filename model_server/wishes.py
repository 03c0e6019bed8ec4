"""What a request may say about the tokens that are drawn for it: every number with its bounds.

OpenAI's names where it has them, otherwise vLLM's, otherwise those of the sampler's author.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from model_server.body import Body, OneOrMore, ShortText, Text, number, share

TokenId = Annotated[str, Field(pattern=r"^[0-9]{1,9}$")]
Choices = Annotated[list[ShortText], Field(min_length=1, max_length=200)]


class JsonSchema(Body):
    """A schema, as OpenAI's clients wrap it."""

    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class ResponseFormat(Body):
    """Of what form an answer has to be."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StructuredOutputs(Body):
    """Of what form an answer has to be, as vLLM's clients say it: one of these."""

    json_: Annotated[str | dict[str, Any] | None, Field(alias="json")] = None
    json_object: bool | None = None
    regex: Text | None = None
    choice: Choices | None = None
    grammar: Text | None = None


class Wishes(Body):
    """How tokens are drawn."""

    temperature: Annotated[float, number(0, 5)] | None = None
    min_p: Annotated[float, number(0, 1)] | None = None
    top_k: Annotated[int, number(-1, 1_000_000)] | None = None
    """-1 and 0: all."""
    top_p: Annotated[float, share()] | None = None
    typical_p: Annotated[float, share()] | None = None
    xtc_threshold: Annotated[float, number(0, 0.5)] | None = None
    xtc_probability: Annotated[float, number(0, 1)] | None = None
    repetition_penalty: Annotated[float, number(0.1, 5)] | None = None
    presence_penalty: Annotated[float, number(-2, 2)] | None = None
    frequency_penalty: Annotated[float, number(-2, 2)] | None = None
    dry_multiplier: Annotated[float, number(0, 10)] | None = None
    dry_base: Annotated[float, number(1, 4)] | None = None
    dry_allowed_length: Annotated[int, number(1, 50)] | None = None
    dry_sequence_breakers: Annotated[list[ShortText], Field(max_length=32)] | None = None
    logit_bias: (
        Annotated[dict[TokenId, Annotated[float, number(-100, 100)]], Field(max_length=1024)] | None
    ) = None
    banned_strings: Annotated[list[ShortText], Field(max_length=64), OneOrMore] | None = None
    min_tokens: Annotated[int, Field(ge=0)] | None = None
    ignore_eos: bool = False
    distinct_candidates: bool = True
    response_format: ResponseFormat | None = None
    structured_outputs: StructuredOutputs | None = None
    guided_json: str | dict[str, Any] | None = None
    guided_regex: Text | None = None
    guided_choice: Choices | None = None
    guided_grammar: Text | None = None
