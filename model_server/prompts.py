"""From a request's JSON to what the engine is asked for."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from model_server.contradictions import check
from model_server.engine.interface import GenerationRequest, Sampling
from model_server.errors import ApiError
from model_server.grammars import grammar_of
from model_server.protocol import MOST_SEED, ChatRequest, CompletionRequest, Ending, Generating, Message
from model_server.served import Served

FITTED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "top_k": lambda k: max(k, 0),
    "dry_sequence_breakers": tuple,
    "logit_bias": lambda bias: tuple((int(token), amount) for token, amount in bias.items()),
}
"""How to get from what JSON can hold to what `Sampling` holds."""

TOKENS_OF_A_COMPLETION = 16
"""What /v1/completions writes where nothing is said: OpenAI's own default."""


async def of_chat(served: Served, asked: ChatRequest) -> list[GenerationRequest]:
    """Encode and check a chat request. Raises ApiError, UnfitMessages, Unfit."""
    tokens = await encode(served, asked.messages, asked)
    wanted = asked.max_completion_tokens or asked.max_tokens
    request = _request(served, asked, tokens, wanted, "messages")
    scores = (asked.top_logprobs or 0) if asked.logprobs else None
    return await _prepared(served, [replace(request, logprobs=scores)])


async def of_completion(served: Served, asked: CompletionRequest) -> list[GenerationRequest]:
    """Encode and check a completion's prompts, one request each. Raises ApiError, Unfit."""
    encoded = await asyncio.to_thread(lambda: [served.chat.opening(text) for text in asked.prompt])
    wanted = asked.max_tokens or TOKENS_OF_A_COMPLETION
    requests = [_request(served, asked, tokens, wanted, "prompt") for tokens in encoded]
    return await _prepared(served, [replace(request, logprobs=asked.logprobs) for request in requests])


async def encode(served: Served, messages: Sequence[Message], ending: Ending) -> list[int]:
    """Turn messages into tokens, beside the event loop."""
    return await asyncio.to_thread(
        served.chat.messages,
        [message.plain() for message in messages],
        answer=ending.add_generation_prompt,
        go_on=ending.continue_final_message,
    )


async def _prepared(served: Served, requests: list[GenerationRequest]) -> list[GenerationRequest]:
    """Let the engine make beside the event loop what all of these need; they differ in their prompts alone. Raises Unfit."""
    await asyncio.to_thread(served.engine.prepare, requests[0])
    return requests


def _request(
    served: Served, asked: Generating, tokens: list[int], wanted: int | None, param: str
) -> GenerationRequest:
    if not tokens:
        raise ApiError(400, f"{param} holds nothing to go on from.", "invalid_value", param)
    room = served.context - len(tokens)
    if room < 1:
        raise ApiError(
            400,
            f"{param} takes {len(tokens)} tokens and leaves no room for an answer within the "
            f"{served.context} of this model's context.",
            "context_length_exceeded",
            param,
        )
    most = min(wanted or room, room)
    check(asked, most, served.chat.plain.get_vocab_size())
    return GenerationRequest(
        prompt=tuple(tokens),
        max_tokens=most,
        seed=secrets.randbelow(MOST_SEED) if asked.seed is None else asked.seed,
        candidates=asked.n or 1,
        stop=tuple(asked.stop or ()),
        salt=asked.cache_salt or "",
        client=asked.user or "",
        max_seconds=asked.max_seconds or math.inf,
        sampling=_sampling(asked),
        grammar=grammar_of(asked),
        banned=tuple(asked.banned_strings or ()),
        min_tokens=asked.min_tokens or 0,
        ignore_eos=asked.ignore_eos,
        distinct=asked.distinct_candidates,
        adapter=served.adapter_of(asked.model) or "",
    )


def _sampling(asked: Generating) -> Sampling:
    names = Sampling.__dataclass_fields__
    given = {name: value for name in names if (value := getattr(asked, name)) is not None}
    fitted: dict[str, Any] = {name: FITTED.get(name, _as_it_is)(value) for name, value in given.items()}
    return Sampling(**fitted)


def _as_it_is(value: Any) -> Any:
    return value
