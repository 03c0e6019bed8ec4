"""What clients may send: OpenAI's completions and vLLM's /tokenize, every number with its bounds.

Parameters that this server does not know are ignored, as is usual among compatible servers, except those
in `UNSUPPORTED`: without them the answer would not be what was asked for, so they are refused.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from model_server.body import Body, OneOrMore, ShortText, Text
from model_server.wishes import Wishes

UNSUPPORTED = (
    "tools", "functions", "audio", "modalities", "echo", "suffix", "best_of",
)  # fmt: skip
ASKING_NOTHING = (None, False, [], {}, "")
MOST_MESSAGES = 2_000
MOST_PROMPTS = 16
MOST_SEED = 2**63 - 1


class TextPart(Body):
    """Text as a part of a content list; pictures and sounds are not taken."""

    type: Literal["text"]
    text: Text


class Message(Body):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | list[TextPart]

    def plain(self) -> dict[str, str]:
        """Give role and text, as templates want them."""
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in parts)
        return {"role": "system" if self.role == "developer" else self.role, "content": text}


class Ending(Body):
    """How a chat is left: with the assistant's next message opened, or its last one still open."""

    add_generation_prompt: bool = True
    continue_final_message: bool = False

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        opened = self.add_generation_prompt and "add_generation_prompt" in self.model_fields_set
        if self.continue_final_message and opened:
            raise ValueError("add_generation_prompt and continue_final_message cannot both be true")
        return self


Messages = Annotated[list[Message], Field(min_length=1, max_length=MOST_MESSAGES)]


class StreamOptions(Body):
    """What a stream carries besides text."""

    include_usage: bool = False


class Generating(Wishes):
    """What every request for text may say about how it is written and sent."""

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: Annotated[list[ShortText], Field(max_length=4), OneOrMore] | None = None
    cache_salt: ShortText | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=MOST_SEED)] | None = None
    user: Annotated[Text, Field(max_length=200)] | None = None
    """Whose request it is: each has the same share of the server."""
    max_seconds: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    """When to end, counted from asking; not later than the server's own bound."""

    @model_validator(mode="after")
    def _only_what_is_supported(self) -> Self:
        given = self.model_extra or {}
        refused = [name for name in UNSUPPORTED if given.get(name) not in ASKING_NOTHING]
        if refused:
            raise ValueError(f"{refused[0]} is not supported by this server")
        return self

    @property
    def usage_wanted(self) -> bool:
        """Whether a stream is to end with a chunk that counts the tokens."""
        return self.stream_options is not None and self.stream_options.include_usage


class ChatRequest(Generating, Ending):
    """POST /v1/chat/completions."""

    messages: Messages
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None


class CompletionRequest(Generating):
    """POST /v1/completions: one prompt of plain text, or several, each with its own candidates."""

    prompt: Annotated[list[Text], Field(min_length=1, max_length=MOST_PROMPTS), OneOrMore]
    logprobs: Annotated[int, Field(ge=0, le=5)] | None = None
    """How many of the likeliest tokens are told of at each place; 0 asks for the drawn one alone."""


class TokenizeRequest(Ending):
    """POST /tokenize, as vLLM has it: a prompt, or messages."""

    model: str | None = None
    prompt: Text | None = None
    messages: Messages | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give either prompt or messages")
        return self


class LoadAdapterRequest(Body):
    """POST /v1/load_lora_adapter, as vLLM has it; a path must be the name again, for clients name no paths."""

    lora_name: ShortText
    lora_path: ShortText | None = None


class UnloadAdapterRequest(Body):
    """POST /v1/unload_lora_adapter, as vLLM has it."""

    lora_name: ShortText
