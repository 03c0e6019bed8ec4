"""Parameters that are right by themselves, and cannot be had together."""

from __future__ import annotations

from collections.abc import Iterator

from model_server.errors import ApiError
from model_server.grammars import grammar_of
from model_server.protocol import ChatRequest, Generating

Contradiction = tuple[str, str]
"""A parameter, and what is wrong with it."""


def check(asked: Generating, tokens: int, vocabulary: int) -> None:
    """Raise ApiError for the first contradiction: `tokens` may be written at most, the model knows so many."""
    for param, reason in _contradictions(asked, tokens, vocabulary):
        raise ApiError(400, f"{param}: {reason}.", "invalid_value", param)


def _contradictions(asked: Generating, tokens: int, vocabulary: int) -> Iterator[Contradiction]:
    if asked.temperature == 0 and (asked.n or 1) > 1:
        yield "n", "with a temperature of 0 all candidates are the same"
    if (asked.min_tokens or 0) > tokens:
        yield "min_tokens", f"it is {asked.min_tokens}, and at most {tokens} tokens may be written"
    if asked.ignore_eos and grammar_of(asked):
        yield "ignore_eos", "a form of the answer is asked for, which says where it ends"
    if unknown := [token for token in asked.logit_bias or {} if int(token) >= vocabulary]:
        yield "logit_bias", f"there is no token {unknown[0]}, the model knows {vocabulary}"
    if isinstance(asked, ChatRequest) and asked.top_logprobs is not None and not asked.logprobs:
        yield "top_logprobs", "it needs logprobs to be true"
