"""What the HTTP side knows of an engine. Another engine takes the place of ours by filling these."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. The defaults change nothing about the model's own distribution."""

    temperature: float = 1.0
    min_p: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    typical_p: float = 1.0
    xtc_threshold: float = 0.1
    xtc_probability: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_sequence_breakers: tuple[str, ...] = ("\n", ":", '"', "*")
    logit_bias: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Grammar:
    """What an answer has to be: JSON of a schema, a match of a pattern, one of a list of texts (in JSON), or a text of a grammar (Lark's notation or GBNF)."""

    kind: Literal["json", "regex", "choice", "grammar"]
    source: str
    param: str
    """The parameter that asks for it."""


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt and what to make of it; candidate 0 draws from the seed itself, the others from seeds derived of it."""

    prompt: tuple[int, ...]
    max_tokens: int
    seed: int
    candidates: int = 1
    stop: tuple[str, ...] = ()
    salt: str = ""
    """What was read for this request helps none of another salt."""
    sampling: Sampling = field(default_factory=Sampling)
    grammar: Grammar | None = None
    banned: tuple[str, ...] = ()
    """What may not stand in the text, whatever its case."""
    min_tokens: int = 0
    """How many tokens come before one that ends the answer."""
    ignore_eos: bool = False
    logprobs: int | None = None
    """How many of the likeliest tokens are told of at each place, beside the one that was drawn."""
    distinct: bool = True
    """Whether no two candidates begin with the same token as long as there is another."""
    client: str = ""
    """Who asks: clients share the engine evenly, however many requests each has."""
    max_seconds: float = math.inf
    """When to end, counted from asking; the engine may have a bound of its own."""
    adapter: str = ""
    """What is laid over the model; "" is the model itself."""


@dataclass(frozen=True)
class Scored:
    """A token with the logarithm of the model's own probability for it, before any sampler, and the likeliest there."""

    raw: bytes
    logprob: float
    top: tuple[Scored, ...] = ()

    @property
    def text(self) -> str:
        """What can be shown of it: a token may be a part of a character."""
        return self.raw.decode(errors="replace")


@dataclass(frozen=True)
class Delta:
    """Text that a candidate grew by: complete characters, and no beginning of a stop string or of a banned one."""

    candidate: int
    text: str
    scored: tuple[Scored, ...] = ()
    """Its tokens, where that was asked for."""


@dataclass(frozen=True)
class Finished:
    """A candidate's end, and how many tokens it has; those that it took back are none of them."""

    candidate: int
    reason: Literal["stop", "length"]
    tokens: int


Event = Delta | Finished


@dataclass(frozen=True)
class Load:
    """What an engine is doing now. `generated_tokens` only grows: those that were taken back are among them."""

    running: int
    queue: int
    generated_tokens: int
    free_rows: int
    wait: float
    """Seconds that a request would wait that came now, by what was measured."""
    step_seconds: float
    """For how long the present step has been going on; 0 between steps."""


End = Literal["finished", "cancelled", "failed", "refused", "expired", "shed"]


@dataclass(frozen=True)
class Record:
    """What became of one request, without a word of its text. Durations in seconds, `_at` as seconds since 1970.

    `tokens` are those of the answer, all candidates together. What did not happen is 0: a refused request
    waited nowhere and has no first token.
    """

    end: End
    prompt_tokens: int
    cached_tokens: int
    candidates: int
    tokens: int
    queued: float
    first_token: float
    seconds: float
    tokens_per_second: float
    first_at: float
    last_at: float
    adapter: str = ""
    """What was laid over the model; "" is the model itself."""


class EngineError(Exception):
    """What an engine may answer with."""


@dataclass(eq=False)
class QueueFull(EngineError):
    """As many requests wait as may."""

    waiting: int
    retry_after: int = 1


@dataclass(eq=False)
class TooManyCandidates(EngineError):
    """More candidates than can ever be written at once."""

    asked: int
    most: int


@dataclass(eq=False)
class Unfit(EngineError):
    """What a parameter asks for cannot be fulfilled, or not within the engine's bounds."""

    param: str
    reason: str


@dataclass(eq=False)
class GenerationFailed(EngineError):
    """The engine could not go on with this request; the cause is in its log."""

    reason: str


@dataclass(eq=False)
class Overloaded(EngineError):
    """Memory ran out, and this was the newest request."""

    retry_after: int


@dataclass(eq=False)
class DeadlinePassed(EngineError):
    """The time for this request was over before its first token; that time was the client's wish, or the engine's bound."""

    seconds: float
    asked: bool


class Generation(Protocol):
    """A request under way: iterate for its events, cancel it when nobody listens any more."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    async def __anext__(self) -> Event:
        """Give the next event, for which waiting may be given up and taken up again.

        Raises GenerationFailed, Overloaded, DeadlinePassed.
        """
        ...

    @property
    def position(self) -> int:
        """Give the place in the queue, 0 once its turn has come."""
        ...

    @property
    def wait(self) -> float:
        """Estimate the seconds until its turn comes."""
        ...

    @property
    def queued(self) -> float:
        """Give the seconds that it has waited for its turn."""
        ...

    @property
    def cached_tokens(self) -> int:
        """Give how many tokens of the prompt had not to be read again, as far as is known yet."""
        ...

    def cancel(self) -> None:
        """Stop before the next token; without effect on one that has finished."""
        ...


class Engine(Protocol):
    """Generates for several requests at once."""

    def prepare(self, request: GenerationRequest) -> None:
        """Check and make what takes a while, on any thread but the event loop's.

        Raises Unfit, UnknownAdapter, UnfitAdapter, NoRoomForAdapter.
        """
        ...

    def submit(self, request: GenerationRequest) -> Generation:
        """Take a request in, from a running event loop. Raises QueueFull, TooManyCandidates, NoRoomForAdapter."""
        ...

    def load(self) -> Load:
        """Say how busy the engine is."""
        ...

    def close(self) -> None:
        """End the work, with whatever is under way."""
        ...
