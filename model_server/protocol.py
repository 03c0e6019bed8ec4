"""What clients may send: OpenAI's chat completions and vLLM's /tokenize, every number with its bounds.

Parameters that this server does not know are ignored, as is usual among compatible servers, except those
in `UNSUPPORTED`: without them the answer would not be what was asked for, so they are refused.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

UNSUPPORTED = ("tools", "functions", "logprobs", "top_logprobs", "logit_bias", "audio", "modalities")
MOST_MESSAGES = 2_000
MOST_SEED = 2**63 - 1


def _number(least: float, most: float) -> Any:
    return Field(ge=least, le=most, allow_inf_nan=False)


StopString = Annotated[str, Field(min_length=1, max_length=200)]


class Body(BaseModel):
    """JSON as it was sent: a number in quotes is no number."""

    model_config = ConfigDict(strict=True, extra="allow")


class TextPart(Body):
    """Text as a part of a content list; pictures and sounds are not taken."""

    type: Literal["text"]
    text: str


class Message(Body):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    def plain(self) -> dict[str, str]:
        """Give role and text, as templates want them."""
        parts = self.content if isinstance(self.content, list) else []
        text = self.content if isinstance(self.content, str) else "".join(part.text for part in parts)
        return {"role": "system" if self.role == "developer" else self.role, "content": text}


class Chat(Body):
    """Messages, and how the model goes on from them."""

    messages: list[Message] = Field(min_length=1, max_length=MOST_MESSAGES)
    add_generation_prompt: bool = True
    continue_final_message: bool = False

    @model_validator(mode="after")
    def _one_way_on(self) -> Self:
        if (
            self.continue_final_message
            and self.add_generation_prompt
            and "add_generation_prompt" in self.model_fields_set
        ):
            raise ValueError("add_generation_prompt and continue_final_message cannot both be true")
        return self

    def plain(self) -> list[dict[str, str]]:
        """Give the messages as templates want them."""
        return [message.plain() for message in self.messages]


class StreamOptions(Body):
    """What a stream carries besides text."""

    include_usage: bool = False


class ChatRequest(Chat):
    """POST /v1/chat/completions."""

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, _number(0, 5)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None
    min_p: Annotated[float, _number(0, 1)] | None = None
    repetition_penalty: Annotated[float, _number(0.1, 5)] | None = None
    presence_penalty: Annotated[float, _number(-2, 2)] | None = None
    frequency_penalty: Annotated[float, _number(-2, 2)] | None = None
    stop: StopString | Annotated[list[StopString], Field(max_length=4)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), le=MOST_SEED)] | None = None

    @model_validator(mode="after")
    def _only_what_is_supported(self) -> Self:
        refused = [name for name in UNSUPPORTED if (self.model_extra or {}).get(name)]
        if refused:
            raise ValueError(f"{refused[0]} is not supported by this server")
        return self

    def stops(self) -> tuple[str, ...]:
        """Give the stop strings."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())


class TokenizeRequest(Body):
    """POST /tokenize, as vLLM has it: a prompt, or messages."""

    model: str | None = None
    prompt: str | None = None
    messages: list[Message] | None = None
    add_generation_prompt: bool = True
    continue_final_message: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.prompt is None) == (self.messages is None):
            raise ValueError("give either prompt or messages")
        return self
