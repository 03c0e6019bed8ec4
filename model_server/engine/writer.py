"""One candidate being written: its random numbers, its text, its end."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Literal

from torch import Tensor

from model_server.engine.additions import Additions
from model_server.engine.interface import (
    Delta,
    Event,
    Finished,
    GenerationFailed,
    GenerationRequest,
    Scored,
    Unfit,
)
from model_server.engine.returns import Returns
from model_server.engine.sampling.choosing import NOTHING, Ask
from model_server.engine.sampling.order import settings_of
from model_server.engine.sampling.penalties import Seen, penalises
from model_server.engine.scores import scored
from model_server.engine.vocabulary import Vocabulary
from model_server.text import TextStream

CONTEXT_OF_TEXT = 6
RETURNS = 64
"""How often a candidate may go back from a banned string, and once more for every fourth token that it may write."""


def seed_of(seed: int, candidate: int) -> int:
    """Give each candidate a seed of its own; the first one's is the request's."""
    if candidate == 0:
        return seed
    digest = hashlib.blake2b(f"{seed}/{candidate}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class Writer:
    """Turns the tokens that are drawn for a candidate into its events, and says what it asks for at the next."""

    def __init__(
        self,
        request: GenerationRequest,
        candidate: int,
        vocabulary: Vocabulary,
        openings: set[int] | None = None,
    ) -> None:
        """`openings`: with what tokens the other candidates began, where this one is to begin otherwise. Raises Unfit."""
        self.request = request
        self.candidate = candidate
        self.written: list[int] = []
        self.again: Tensor | None = None
        """What to draw from once more, where the last token made the writer go back: logits (vocab,)."""
        self._vocabulary = vocabulary
        self._openings = openings
        self._random = random.Random(seed_of(request.seed, candidate) % 2**64)
        self._text = TextStream(
            vocabulary.tokenizer, request.prompt[-CONTEXT_OF_TEXT:], request.stop, request.banned
        )
        self._additions = Additions(request, vocabulary)
        self._seen = Seen(request.prompt, request.max_tokens) if penalises(request.sampling) else None
        self._walk = vocabulary.walk(request.grammar) if request.grammar else None
        self._returns = Returns(RETURNS + request.max_tokens // 4) if request.banned else None
        self._raw: Tensor | None = None
        self._untold: list[Scored] = []

    def ask(self, logits: Tensor) -> Ask:
        """Say what is asked for at the next token, whose logits (vocab,) are these. Raises Unfit."""
        place = len(self.written)
        if self._returns:
            self._returns.keep(place, logits)
        if self.request.logprobs is not None:
            self._raw = logits
        forbidden = self._returns.forbidden(place) if self._returns else []
        return Ask(
            settings=settings_of(self.request.sampling, self._random),
            at=self._random.random(),
            sampling=self.request.sampling,
            seen=self._seen,
            added=self._additions.at(self.written, forbidden),
            allowed=None if self._walk is None else self._walk.allowed(len(logits)),
            avoid=self._openings if not self.written else None,
        )

    def take(self, token: int) -> Iterator[Event]:
        """Append a token and tell what it brings, Finished last. Raises Unfit, GenerationFailed."""
        self.again = None
        if token == NOTHING:
            yield from self._dead_end()
            return
        ended = self._append(token)
        text = "" if ended else self._text.push(token)
        if self._text.back and not ended:
            yield from self._go_back(self._text.back)
            return
        if self._returns:
            self._returns.settle(len(self.written) - self._text.held)
        complete = not ended and self._goes_on_to_the_end(token)
        stopped = ended or self._text.stopped or complete
        if stopped or len(self.written) >= self.request.max_tokens:
            yield from self._finish(text, "stop" if stopped else "length")
        else:
            yield from self._tell(text, len(self._untold) - self._text.held)

    def cut(self) -> Iterator[Event]:
        """End before the next token, as where there is no more room."""
        yield from self._finish("", "length")

    def _append(self, token: int) -> bool:
        """Note a token, and say whether it ends the answer."""
        self.written.append(token)
        if self._seen:
            self._seen.add(token)
        ended = self._vocabulary.is_end(token)
        if self._raw is not None and not ended:
            self._untold.append(scored(self._raw, token, self.request.logprobs or 0, self._vocabulary))
        return ended

    def _goes_on_to_the_end(self, token: int) -> bool:
        """Go on in the grammar, and say whether the answer is complete by that."""
        if self._walk is None:
            return False
        self._walk.take(token)
        return self._walk.complete

    def _go_back(self, tokens: int) -> Iterator[Event]:
        """Take back the last tokens, and forbid the first of them where it stood."""
        place = len(self.written) - tokens
        dropped = self.written[place:]
        del self.written[place:], self._untold[max(0, len(self._untold) - tokens) :]
        if self._seen:
            self._seen.take_back(dropped)
        if self._walk and tokens > 1:
            self._walk.go_back(tokens - 1)  # it has not been told of the last one yet
        self.again = self._returns.forbid(place, dropped[0]) if self._returns else None
        if self.again is None:
            yield from self._dead_end()

    def _dead_end(self) -> Iterator[Event]:
        """End where nothing may be drawn. Raises Unfit, GenerationFailed where that is no answer."""
        if self._walk and not self.request.banned:
            raise Unfit(self._walk.param, "its bounds leave no token")
        if self._walk:
            raise Unfit("banned_strings", f"they leave nothing that {self._walk.param} allows")
        if not self.request.banned:
            raise GenerationFailed("the model's numbers are not finite")
        yield from self._finish("", "stop")

    def _finish(self, text: str, reason: Literal["stop", "length"]) -> Iterator[Event]:
        yield from self._tell(text + self._text.finish(), len(self._untold))
        yield Finished(self.candidate, reason, len(self.written))

    def _tell(self, text: str, tokens: int) -> Iterator[Event]:
        """Give text, and so many of the tokens' logprobs."""
        told = tuple(self._untold[: max(tokens, 0)])
        del self._untold[: len(told)]
        if text or told:
            yield Delta(self.candidate, text, told)
