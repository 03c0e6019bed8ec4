"""What is sent back: OpenAI's chat completions, whole or in chunks."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from model_server.engine.interface import Delta, Event, Finished


@dataclass
class Answer:
    """One answer in the making."""

    model: str
    prompt_tokens: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    texts: dict[int, list[str]] = field(default_factory=lambda: defaultdict[int, list[str]](list))
    ends: dict[int, Finished] = field(default_factory=dict[int, Finished])

    def take(self, event: Event) -> None:
        """Add an event."""
        match event:
            case Delta(candidate=candidate, text=text):
                self.texts[candidate].append(text)
            case Finished(candidate=candidate):
                self.ends[candidate] = event

    def usage(self) -> dict[str, int]:
        """Count the tokens, those of all candidates together."""
        written = sum(end.tokens for end in self.ends.values())
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": written,
            "total_tokens": self.prompt_tokens + written,
        }

    def whole(self) -> dict[str, Any]:
        """Give the complete answer."""
        choices = [
            {
                "index": candidate,
                "message": {"role": "assistant", "content": "".join(self.texts[candidate])},
                "finish_reason": end.reason,
                "logprobs": None,
            }
            for candidate, end in sorted(self.ends.items())
        ]
        return {**self._head("chat.completion"), "choices": choices, "usage": self.usage()}

    def opening(self, candidate: int) -> dict[str, Any]:
        """Give the chunk that opens a candidate."""
        return self._chunk(candidate, {"role": "assistant", "content": ""}, None)

    def chunk(self, event: Event) -> dict[str, Any]:
        """Give the chunk that carries an event."""
        match event:
            case Delta(candidate=candidate, text=text):
                return self._chunk(candidate, {"content": text}, None)
            case Finished(candidate=candidate, reason=reason):
                return self._chunk(candidate, {}, reason)

    def usage_chunk(self) -> dict[str, Any]:
        """Give the last chunk of a stream that was asked for usage."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage()}

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _chunk(self, candidate: int, delta: dict[str, str], reason: str | None) -> dict[str, Any]:
        choice = {"index": candidate, "delta": delta, "finish_reason": reason, "logprobs": None}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}
