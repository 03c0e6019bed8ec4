"""What is sent back: OpenAI's completions, of chats and of plain text, whole or in chunks."""

from __future__ import annotations

import time
import uuid
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from model_server.engine.interface import Delta, Event, Finished, Scored

Place = tuple[int, Scored]
"""A token, and how many characters of tokens came before it."""


@dataclass
class Answer(ABC):
    """One answer in the making. The kinds differ in where a choice carries its text."""

    model: str
    prompt_tokens: int
    cached_tokens: int = 0
    created: int = field(default_factory=lambda: int(time.time()))
    texts: dict[int, list[str]] = field(default_factory=lambda: defaultdict[int, list[str]](list))
    scores: dict[int, list[Place]] = field(default_factory=lambda: defaultdict[int, list[Place]](list))
    ends: dict[int, Finished] = field(default_factory=dict[int, Finished])
    id: str = field(init=False)
    _spelled: Counter[int] = field(default_factory=Counter[int])

    prefix: ClassVar[str]
    kind: ClassVar[str]
    chunk_kind: ClassVar[str]
    opening: ClassVar[Mapping[str, Any]] = {}
    """What a stream says of each candidate before any text."""

    def __post_init__(self) -> None:
        self.id = f"{self.prefix}-{uuid.uuid4().hex}"

    def take(self, event: Event) -> None:
        """Add an event."""
        match event:
            case Delta(candidate=candidate, text=text, scored=scored):
                self.texts[candidate].append(text)
                for score in scored:
                    self.scores[candidate].append((self._spelled[candidate], score))
                    self._spelled[candidate] += len(score.text)
            case Finished(candidate=candidate):
                self.ends[candidate] = event

    def usage(self) -> dict[str, Any]:
        """Count the tokens, those of all candidates together."""
        written = sum(end.tokens for end in self.ends.values())
        return {
            "prompt_tokens": self.prompt_tokens,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens},
            "completion_tokens": written,
            "total_tokens": self.prompt_tokens + written,
        }

    def whole(self) -> dict[str, Any]:
        """Give the complete answer."""
        choices = [
            self._choice(
                candidate,
                self.said("".join(self.texts[candidate])),
                end.reason,
                self._scored(candidate, len(self.scores[candidate])),
            )
            for candidate, end in sorted(self.ends.items())
        ]
        return {**self._head(self.kind), "choices": choices, "usage": self.usage()}

    def chunk(self, event: Event) -> dict[str, Any]:
        """Give the chunk that carries an event, which has been taken."""
        match event:
            case Delta(candidate=candidate, text=text, scored=scored):
                return self._chunk(candidate, self.grown(text), None, self._scored(candidate, len(scored)))
            case Finished(candidate=candidate, reason=reason):
                return self._chunk(candidate, self.grown(""), reason)

    def usage_chunk(self) -> dict[str, Any]:
        """Give the last chunk of a stream that was asked for usage."""
        return {**self._head(self.chunk_kind), "choices": [], "usage": self.usage()}

    def openings(self, candidates: int) -> list[dict[str, Any]]:
        """Give the chunks that come before any text."""
        return [self._chunk(candidate, self.opening, None) for candidate in range(candidates) if self.opening]

    @abstractmethod
    def said(self, text: str) -> dict[str, Any]:
        """Put a candidate's whole text as a choice carries it."""

    @abstractmethod
    def grown(self, text: str) -> dict[str, Any]:
        """Put more of a candidate's text as a choice of a chunk carries it."""

    @abstractmethod
    def logprobs(self, scores: Sequence[Place]) -> dict[str, Any]:
        """Put the logprobs of tokens as a choice carries them."""

    def _scored(self, candidate: int, last: int) -> dict[str, Any] | None:
        """Put those of a candidate's last tokens."""
        scores = self.scores[candidate]
        return self.logprobs(scores[len(scores) - last :]) if last else None

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _choice(
        self,
        candidate: int,
        carried: Mapping[str, Any],
        reason: str | None,
        logprobs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {"index": candidate, **carried, "finish_reason": reason, "logprobs": logprobs}

    def _chunk(
        self,
        candidate: int,
        carried: Mapping[str, Any],
        reason: str | None,
        logprobs: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        choice = self._choice(candidate, carried, reason, logprobs)
        return {**self._head(self.chunk_kind), "choices": [choice]}


class ChatAnswer(Answer):
    """The answer of /v1/chat/completions."""

    prefix = "chatcmpl"
    kind = "chat.completion"
    chunk_kind = "chat.completion.chunk"
    opening = {"delta": {"role": "assistant", "content": ""}}  # noqa: RUF012

    def said(self, text: str) -> dict[str, Any]:
        """Put the text as the assistant's message."""
        return {"message": {"role": "assistant", "content": text}}

    def grown(self, text: str) -> dict[str, Any]:
        """Put more text as a part of the message."""
        return {"delta": {"content": text} if text else {}}

    def logprobs(self, scores: Sequence[Place]) -> dict[str, Any]:
        """Put them token by token."""
        content = [
            {**_score(score), "top_logprobs": [_score(other) for other in score.top]} for _, score in scores
        ]
        return {"content": content, "refusal": None}


class TextAnswer(Answer):
    """The answer of /v1/completions."""

    prefix = "cmpl"
    kind = chunk_kind = "text_completion"

    def said(self, text: str) -> dict[str, Any]:
        """Put the text as it is."""
        return {"text": text}

    def grown(self, text: str) -> dict[str, Any]:
        """Put more text as it is."""
        return {"text": text}

    def logprobs(self, scores: Sequence[Place]) -> dict[str, Any]:
        """Put them list by list."""
        return {
            "tokens": [score.text for _, score in scores],
            "token_logprobs": [score.logprob for _, score in scores],
            "top_logprobs": [{other.text: other.logprob for other in score.top} for _, score in scores],
            "text_offset": [offset for offset, _ in scores],
        }


def _score(score: Scored) -> dict[str, Any]:
    return {"token": score.text, "logprob": score.logprob, "bytes": list(score.raw)}
