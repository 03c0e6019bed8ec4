"""DRY, "don't repeat yourself": against going on as an earlier passage went on (p-e-w, text-generation-webui PR 5677)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model_server.engine.interface import Sampling

Ids = NDArray[np.int64]
Flags = NDArray[np.bool_]

LONGEST = 64
"""Tokens: a longer repetition is punished as this one."""
MOST = 1000.0
"""The highest penalty: as good as forbidding."""


def dry(text: Ids, breakers: Flags, sampling: Sampling) -> dict[int, float]:
    """Say by how much to lower which tokens: those that would make a repetition longer.

    A token that followed an earlier occurrence of the text's last `length` tokens is lowered by
    multiplier · base ** (length - allowed). No repetition reaches over a breaker.
    text: (tokens,); breakers: (vocabulary,), which tokens break.
    """
    lengths: dict[int, int] = {}
    for length, following in _repetitions(text, breakers):
        lengths.update(dict.fromkeys(following, length))
    return {
        token: min(
            MOST, sampling.dry_multiplier * sampling.dry_base ** (length - sampling.dry_allowed_length)
        )
        for token, length in lengths.items()
        if length >= sampling.dry_allowed_length
    }


def _repetitions(text: Ids, breakers: Flags) -> Iterator[tuple[int, list[int]]]:
    """Give, for one and more of the last tokens, what followed where they stood before."""
    end = len(text) - 1
    if end < 1 or breakers[text[end]]:
        return
    places = np.flatnonzero(text[:end] == text[end])
    places = places[~breakers[text[places + 1]]]
    length = 1
    while places.size:
        yield length, text[places + 1].tolist()
        if length >= min(LONGEST, end) or breakers[text[end - length]]:
            return
        places = places[places >= length]
        places = places[text[places - length] == text[end - length]]
        length += 1
