"""Penalties on what stands in the text already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model_server.engine.interface import Sampling

Ids = NDArray[np.int64]
Numbers = NDArray[np.float32]


def penalises(sampling: Sampling) -> bool:
    """Say whether there is anything to count for."""
    penalties = sampling.repetition_penalty, sampling.presence_penalty, sampling.frequency_penalty
    return penalties != (1, 0, 0)


class Seen:
    """Which tokens a text holds, and how often each was written: kept up token by token."""

    def __init__(self, prompt: Sequence[int], room: int) -> None:
        """`room`: how many tokens will be written at most."""
        known = np.unique(np.asarray(prompt, dtype=np.int64))
        self._ids = np.concatenate((known, np.zeros(room, dtype=np.int64)))
        self._counts = np.zeros(len(self._ids), dtype=np.float32)
        self._slots = {int(token): slot for slot, token in enumerate(known)}
        self._of_prompt = len(known)

    def add(self, token: int) -> None:
        """Count a token that was written."""
        slot = self._slots.setdefault(token, len(self._slots))
        self._ids[slot] = token
        self._counts[slot] += 1

    def take_back(self, tokens: Iterable[int]) -> None:
        """Count tokens as not written after all."""
        for token in tokens:
            slot = self._slots[token]
            self._counts[slot] -= 1
            if self._counts[slot] == 0 and slot >= self._of_prompt:
                self._free(token, slot)

    @property
    def ids(self) -> Ids:
        """Give the ids, each once: (ids,)."""
        return self._ids[: len(self._slots)]

    @property
    def counts(self) -> Numbers:
        """Give how often each of the ids was written: (ids,)."""
        return self._counts[: len(self._slots)]

    def _free(self, token: int, slot: int) -> None:
        """Let the last id take the place of one that is gone."""
        last = len(self._slots) - 1
        moved = int(self._ids[last])
        self._ids[slot], self._counts[slot] = moved, self._counts[last]
        self._counts[last] = 0
        self._slots[moved] = slot
        del self._slots[token]


def penalise(logits: Numbers, seen: Seen, sampling: Sampling) -> None:
    """Make tokens that stand in the text less likely: logits (vocab,), in place.

    Repetition (Keskar et al., 2019, arXiv:1909.05858) counts prompt and answer; presence and frequency
    (OpenAI's API reference) count the answer alone.
    """
    ids, counts = seen.ids, seen.counts
    score = logits[ids]
    if sampling.repetition_penalty != 1:
        penalty = np.float32(sampling.repetition_penalty)
        score = np.where(score > 0, score / penalty, score * penalty)
    if sampling.presence_penalty:
        score -= np.float32(sampling.presence_penalty) * (counts > 0)
    if sampling.frequency_penalty:
        score -= np.float32(sampling.frequency_penalty) * counts
    logits[ids] = score
