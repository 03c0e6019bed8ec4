"""What is added to a candidate's logits: a bias that was asked for, DRY, and minus infinity for what is forbidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from model_server.engine.interface import GenerationRequest
from model_server.engine.sampling.choosing import Addition
from model_server.engine.sampling.dry import Ids, dry
from model_server.engine.vocabulary import Vocabulary


class Additions:
    """Those of one candidate."""

    def __init__(self, request: GenerationRequest, vocabulary: Vocabulary) -> None:
        self._sampling = request.sampling
        self._always: list[Addition] = []
        if request.sampling.logit_bias:
            self._always.append(_added(dict(request.sampling.logit_bias)))
        if request.banned:
            self._always.append((vocabulary.holding(request.banned), -np.inf))
        # Where a grammar is followed, it says when the answer may end.
        self._open_until = (
            0 if request.grammar else request.max_tokens if request.ignore_eos else request.min_tokens
        )
        self._no_end = (vocabulary.ends, -np.inf)
        self._breakers = None
        if request.sampling.dry_multiplier:
            self._breakers = vocabulary.breaking(request.sampling.dry_sequence_breakers)
            self._text = _Text(request.prompt, request.max_tokens)

    def at(self, written: Sequence[int], forbidden: Sequence[int]) -> tuple[Addition, ...]:
        """Give those for the token after what is written, with these ids forbidden."""
        additions = self._always.copy()
        if len(written) < self._open_until:
            additions.append(self._no_end)
        if forbidden:
            additions.append((np.array(forbidden, dtype=np.int64), -np.inf))
        if self._breakers is not None:
            lowered = dry(self._text.after(written), self._breakers, self._sampling)
            additions.append(_added({token: -amount for token, amount in lowered.items()}))
        return tuple(additions)


class _Text:
    """Prompt and answer as an array that is kept up, not made anew for each token."""

    def __init__(self, prompt: Sequence[int], room: int) -> None:
        self._ids = np.concatenate((np.array(prompt, dtype=np.int64), np.zeros(room, dtype=np.int64)))
        self._prompt = len(prompt)
        self._known = 0

    def after(self, written: Sequence[int]) -> Ids:
        """Give the whole text; between two calls the answer loses tokens at its end at most before it gains one."""
        start = max(0, min(self._known, len(written) - 1))
        end = self._prompt + len(written)
        self._ids[self._prompt + start : end] = written[start:]
        self._known = len(written)
        return self._ids[:end]


def _added(amounts: Mapping[int, float]) -> Addition:
    ids = np.fromiter(amounts.keys(), dtype=np.int64)
    return ids, np.fromiter(amounts.values(), dtype=np.float32)
