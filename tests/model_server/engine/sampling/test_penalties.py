from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.engine.interface import Sampling
from model_server.engine.sampling.penalties import Seen, penalise

thrifty = settings(deadline=None, max_examples=60)

tokens = st.lists(st.integers(0, 9), max_size=12)
samplings = st.builds(
    Sampling,
    repetition_penalty=st.sampled_from([0.5, 1.0, 1.3]),
    presence_penalty=st.sampled_from([-1.0, 0.0, 0.5]),
    frequency_penalty=st.sampled_from([0.0, 0.25]),
)


@thrifty
@given(tokens, tokens, tokens, samplings, st.lists(st.integers(-8, 8), min_size=10, max_size=10))
def test_penalties_count_what_stands_in_the_text_and_nothing_that_was_taken_back(
    prompt, written, dropped, sampling, row
):
    seen = Seen(prompt, len(written) + len(dropped))
    for token in written + dropped:
        seen.add(token)
    seen.take_back(dropped)
    logits = np.array(row, dtype=np.float32)
    penalise(logits, seen, sampling)
    counts = Counter(written)
    for token, score in enumerate(row):
        if token in prompt or token in written:
            score = score / sampling.repetition_penalty if score > 0 else score * sampling.repetition_penalty
        score -= sampling.presence_penalty * (token in counts) + sampling.frequency_penalty * counts[token]
        assert logits[token] == pytest.approx(score, abs=1e-5)


def test_the_prompt_counts_once_and_the_answer_as_often_as_it_says_it():
    seen = Seen([0, 1, 0], 3)
    for _ in range(3):
        seen.add(2)
    logits = np.array([2, -2, 2, 2], dtype=np.float32)
    penalise(logits, seen, Sampling(repetition_penalty=2, presence_penalty=0.5, frequency_penalty=0.25))
    assert logits.tolist() == [1.0, -4.0, -0.25, 2.0]
