import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.engine.interface import Sampling
from model_server.engine.sampling.dry import MOST, dry

thrifty = settings(deadline=None, max_examples=60)

BREAKER = 4
BREAKS = np.arange(5) == BREAKER


def longest_repetition(text, token):
    """How many of the text's last tokens stood before the same token earlier, counted the slow way; no breaker among all these."""
    return max(
        (
            size
            for size in range(1, len(text))
            for start in range(len(text) - size)
            if text[start : start + size] == text[-size:] and text[start + size] == token
            if BREAKER not in text[-size:] and token != BREAKER
        ),
        default=0,
    )


@thrifty
@given(st.lists(st.integers(0, 4), max_size=24), st.integers(1, 4))
def test_what_would_make_a_repetition_longer_is_lowered_by_its_length(text, allowed):
    sampling = Sampling(dry_multiplier=0.8, dry_base=1.75, dry_allowed_length=allowed)
    lowered = dry(np.array(text, dtype=np.int64), BREAKS, sampling)
    for token in range(5):
        length = longest_repetition(text, token)
        expected = 0.8 * 1.75 ** (length - allowed) if length >= allowed else 0
        assert lowered.get(token, 0) == pytest.approx(expected)


def test_a_penalty_ends_somewhere():
    lowered = dry(np.ones(5000, dtype=np.int64), BREAKS, Sampling(dry_multiplier=5, dry_base=4))
    assert lowered == {1: MOST}
