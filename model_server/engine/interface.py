"""What the HTTP side knows of an engine. Another engine takes the place of ours by filling these."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen. The defaults change nothing about the model's own distribution."""

    temperature: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0


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


@dataclass(frozen=True)
class Delta:
    """Text that a candidate grew by: complete characters, and no beginning of a stop string."""

    candidate: int
    text: str


@dataclass(frozen=True)
class Finished:
    """A candidate's end, with all the tokens that were generated for it."""

    candidate: int
    reason: Literal["stop", "length"]
    tokens: int


Event = Delta | Finished


@dataclass(frozen=True)
class Load:
    """What an engine is doing now; `generated_tokens` only grows."""

    running: int
    queue: int
    generated_tokens: int


End = Literal["finished", "cancelled", "failed", "refused"]


@dataclass(frozen=True)
class Record:
    """What became of one request, without a word of its text. Durations in seconds, `_at` as seconds since 1970.

    What did not happen is 0: a refused request waited nowhere and has no first token.
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


class EngineError(Exception):
    """What an engine may answer with."""


@dataclass(eq=False)
class QueueFull(EngineError):
    """As many requests wait as may."""

    waiting: int
    retry_after: int


@dataclass(eq=False)
class TooManyCandidates(EngineError):
    """More candidates than can ever be written at once."""

    asked: int
    most: int


@dataclass(eq=False)
class GenerationFailed(EngineError):
    """The engine could not go on with this request; the cause is in its log."""

    reason: str


class Generation(Protocol):
    """A request under way: iterate for its events, cancel it when nobody listens any more."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    async def __anext__(self) -> Event:
        """Give the next event. Raises GenerationFailed; waiting for it may be given up and taken up again."""
        ...

    @property
    def position(self) -> int:
        """Give the place in the queue, 0 once its turn has come."""
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

    def submit(self, request: GenerationRequest) -> Generation:
        """Take a request in, from a running event loop. Raises QueueFull, TooManyCandidates."""
        ...

    def load(self) -> Load:
        """Say how busy the engine is."""
        ...

    def close(self) -> None:
        """End the work, with whatever is under way."""
        ...
