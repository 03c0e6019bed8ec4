"""One candidate being written: its random numbers, its text, its end."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Set

import torch
from tokenizers import Tokenizer
from torch import Tensor

from model_server.engine.interface import Delta, Event, Finished, GenerationRequest
from model_server.engine.sampling import penalise
from model_server.text import TextStream

CONTEXT_OF_TEXT = 6


def seed_of(seed: int, candidate: int) -> int:
    """Give each candidate a seed of its own; the first one's is the request's."""
    if candidate == 0:
        return seed
    digest = hashlib.blake2b(f"{seed}/{candidate}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class Writer:
    """Turns the model's logits into this candidate's events."""

    def __init__(
        self, request: GenerationRequest, candidate: int, tokenizer: Tokenizer, ends: Set[int]
    ) -> None:
        self.request = request
        self.candidate = candidate
        self.written: list[int] = []
        self._prompt_ids = torch.tensor(request.prompt).unique()
        self._ends = ends
        self._text = TextStream(tokenizer, request.prompt[-CONTEXT_OF_TEXT:], request.stop)
        self._generator = torch.Generator().manual_seed(seed_of(request.seed, candidate))

    def uniform(self) -> float:
        """Draw the next number in [0, 1), from this candidate's generator alone."""
        return torch.rand((), generator=self._generator, dtype=torch.float64).item()

    def weigh(self, logits: Tensor) -> Tensor:
        """Apply the request's penalties to logits (vocab,)."""
        sampling = self.request.sampling
        penalties = (sampling.repetition_penalty, sampling.presence_penalty, sampling.frequency_penalty)
        if penalties == (1, 0, 0):
            return logits
        return penalise(logits, self._prompt_ids, Counter(self.written), sampling)

    def take(self, token: int) -> Iterator[Event]:
        """Append a token and tell what it brings, Finished last."""
        self.written.append(token)
        ended = token in self._ends
        text = "" if ended else self._text.push(token)
        stopped = ended or self._text.stopped
        finished = stopped or len(self.written) >= self.request.max_tokens
        if finished:
            text += self._text.finish()
        if text:
            yield Delta(self.candidate, text)
        if finished:
            yield Finished(self.candidate, "stop" if stopped else "length", len(self.written))
