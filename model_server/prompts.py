"""From a request's JSON to what the engine is asked for."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import Sequence

from model_server.engine.interface import GenerationRequest, Sampling
from model_server.errors import ApiError
from model_server.protocol import MOST_SEED, ChatRequest, CompletionRequest, Ending, Generating, Message
from model_server.served import Served

TOKENS_OF_A_COMPLETION = 16
"""What /v1/completions writes where nothing is said: OpenAI's own default."""


async def of_chat(served: Served, asked: ChatRequest) -> list[GenerationRequest]:
    """Encode and check a chat request. Raises ApiError, UnfitMessages."""
    tokens = await encode(served, asked.messages, asked)
    wanted = asked.max_completion_tokens or asked.max_tokens
    return [_request(served, asked, tokens, wanted, "messages")]


async def of_completion(served: Served, asked: CompletionRequest) -> list[GenerationRequest]:
    """Encode and check a completion's prompts, one request each. Raises ApiError."""
    encoded = await asyncio.to_thread(lambda: [served.chat.opening(text) for text in asked.prompt])
    wanted = asked.max_tokens or TOKENS_OF_A_COMPLETION
    return [_request(served, asked, tokens, wanted, "prompt") for tokens in encoded]


async def encode(served: Served, messages: Sequence[Message], ending: Ending) -> list[int]:
    """Turn messages into tokens, beside the event loop."""
    return await asyncio.to_thread(
        served.chat.messages,
        [message.plain() for message in messages],
        answer=ending.add_generation_prompt,
        go_on=ending.continue_final_message,
    )


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
    return GenerationRequest(
        prompt=tuple(tokens),
        max_tokens=min(wanted or room, room),
        seed=secrets.randbelow(MOST_SEED) if asked.seed is None else asked.seed,
        candidates=asked.n or 1,
        stop=tuple(asked.stop or ()),
        salt=asked.cache_salt or "",
        client=asked.user or "",
        max_seconds=asked.max_seconds or math.inf,
        sampling=_sampling(asked),
    )


def _sampling(asked: Generating) -> Sampling:
    names = Sampling.__dataclass_fields__
    given = {name: value for name in names if (value := getattr(asked, name)) is not None}
    return Sampling(**given)
