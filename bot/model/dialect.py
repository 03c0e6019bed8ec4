"""What a server understands beyond OpenAI's protocol, found out by asking."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, cast

from openai.types.chat import ChatCompletionMessageParam

from bot.workshop.records import ChatMessage, ModelRequest

GO_ON: Final = ChatMessage(
    "user", "Go on from exactly where your last message stops. Repeat nothing and explain nothing."
)
_CONTROL: Final = re.compile(
    r"<(?=\||/?s>|</?SYS>|/?(?:start|end)_of_turn>|/?(?:bos|eos|pad|unk)>)|\[(?=/?INST\]|/?(?:SYSTEM|AVAILABLE)_)"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to put a request: with samplers beyond OpenAI's, with a prefill, telling for whom it is.

    None while nobody has asked.
    """

    samplers: bool | None = None
    prefill: bool | None = None
    tells_whom: bool | None = None

    def ways(self, request: ModelRequest) -> Iterator["Dialect"]:
        """Give the ways to put a request, best first; one only, once the server is known."""
        samplers = _options(self.samplers, samplers_of(request) != {})
        prefills = _options(self.prefill, is_prefilled(request))
        told = _options(self.tells_whom, is_for_somebody(request))
        for prefill, sampler, tell in product(prefills, samplers, told):
            yield Dialect(sampler, prefill, tell)

    def learn(self, way: "Dialect", request: ModelRequest) -> "Dialect":
        """Keep what an accepted request shows; nothing of what it did not use."""
        learnt = self
        if samplers_of(request):
            learnt = replace(learnt, samplers=way.samplers)
        if is_prefilled(request):
            learnt = replace(learnt, prefill=way.prefill)
        if is_for_somebody(request):
            learnt = replace(learnt, tells_whom=way.tells_whom)
        return learnt


def is_prefilled(request: ModelRequest) -> bool:
    """Tell whether the model is to go on with a message of its own."""
    return bool(request.messages) and request.messages[-1].role == "assistant"


def is_for_somebody(request: ModelRequest) -> bool:
    """Tell whether it is known for whom the model is asked."""
    return bool(request.guild or request.asker)


def samplers_of(request: ModelRequest) -> dict[str, float]:
    """Return the samplers that OpenAI's protocol lacks, where they would change anything."""
    sampling = request.sampling
    wanted = {"min_p": (sampling.min_p, 0.0), "repetition_penalty": (sampling.repetition_penalty, 1.0)}
    return {name: value for name, (value, neutral) in wanted.items() if value != neutral}


def messages_of(request: ModelRequest, way: Dialect, plain: bool) -> list[ChatCompletionMessageParam]:
    """Write the messages; control tokens in them are broken unless the server takes them as ``plain`` text."""
    messages = request.messages
    if is_prefilled(request) and not way.prefill:
        messages = (*messages, GO_ON)
    written = [
        {"role": message.role, "content": message.content if plain else broken(message.content)}
        for message in messages
    ]
    return cast(list[ChatCompletionMessageParam], written)


def extras_of(request: ModelRequest, way: Dialect) -> dict[str, Any]:
    """Write what goes beyond OpenAI's protocol."""
    extras: dict[str, Any] = dict(samplers_of(request)) if way.samplers else {}
    if is_prefilled(request) and way.prefill:
        extras |= {"continue_final_message": True, "add_generation_prompt": False}
    return extras


def broken(text: str) -> str:
    """Part every sequence that some chat template takes for a control token, so that it is read as text."""
    return _CONTROL.sub(lambda found: f"{found[0]} ", text)


def _options(known: bool | None, used: bool) -> tuple[bool, ...]:
    if not used:
        return (True,)
    return (True, False) if known is None else (known,)
