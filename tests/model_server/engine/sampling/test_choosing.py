"""Choosing looks at few tokens only; here beside it stands what looks at all of them."""

import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model_server.engine.interface import Sampling
from model_server.engine.sampling.choosing import NOTHING, Ask, choose, weigh
from model_server.engine.sampling.drawing import WIDE, draw
from model_server.engine.sampling.order import CUTS, OFF, cut, settings_of
from model_server.engine.sampling.shortlist import BLOCK, Peaks

thrifty = settings(deadline=None, max_examples=60)

samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    min_p=st.sampled_from([0.0, 0.05, 1.0]),
    top_k=st.sampled_from([0, 1, 5, 100]),
    top_p=st.sampled_from([0.01, 0.5, 0.95, 0.9999, 1.0]),
    typical_p=st.sampled_from([0.4, 1.0]),
    xtc_probability=st.sampled_from([0.0, 1.0]),
)
asks = st.builds(
    lambda sampling, at: Ask(settings_of(sampling, random.Random(0)), at, sampling),
    samplings,
    st.floats(0, 1, exclude_max=True),
)
sizes = st.sampled_from([7, BLOCK, 3 * BLOCK + 5])


def logits_of(seed, rows, size):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, size, generator=generator) * 3


@thrifty
@given(st.integers(0, 1000), sizes, st.lists(asks, min_size=1, max_size=4))
def test_what_is_chosen_is_what_looking_at_every_token_would_choose(seed, size, asked):
    logits = logits_of(seed, len(asked), size)
    tokens = choose(logits.clone(), asked)
    chances = cut(logits, [ask.settings for ask in asked]).softmax(-1)
    for row, ask, token in zip(chances, asked, tokens, strict=True):
        reached = row.double().cumsum(0)
        before = reached[token] - row[token]
        assert row[token] > 0
        assert before - 1e-5 <= ask.at <= reached[token] + 1e-5


@thrifty
@given(st.integers(0, 1000), sizes, st.lists(asks, min_size=2, max_size=4))
def test_a_row_chooses_the_same_in_any_company(seed, size, asked):
    logits = logits_of(seed, len(asked), size)
    alone = [choose(logits[row : row + 1].clone(), [ask])[0] for row, ask in enumerate(asked)]
    assert choose(logits.clone(), asked) == alone


@thrifty
@given(st.integers(0, 1000), st.lists(asks, min_size=1, max_size=3))
def test_the_list_holds_all_that_the_first_four_samplers_leave(seed, asked):
    logits = logits_of(seed, len(asked), 3 * BLOCK)
    chosen = [ask.settings for ask in asked]
    floors = Peaks(logits).floors(chosen)
    left = cut(
        logits, [OFF._replace(temperature=s.temperature, min_p=s.min_p, top_k=s.top_k) for s in chosen]
    )
    for row, floor in enumerate(floors):
        assert (logits[row][left[row].isfinite()] >= float(floor)).all()


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(min_p=0.1), Sampling(top_p=0.9), Sampling(temperature=0)]
)
def test_a_row_without_a_finite_number_gets_nothing_and_disturbs_no_other(broken, sampling):
    logits = logits_of(1, 3, 300)
    asked = [Ask(settings_of(sampling, random.Random(0)), 0.5, sampling)] * 3
    expected = choose(logits.clone(), asked)
    logits[1] = broken
    assert choose(logits, asked) == [expected[0], NOTHING, expected[2]]


def test_what_is_masked_forbidden_or_biased():
    allowed = np.array([True, True, True, False])
    added = [(np.array([0, 1]), np.array([5.0, 1.0], dtype=np.float32)), (np.array([0]), -np.inf)]
    logits = torch.zeros(1, 4)
    weigh(logits, [Ask(OFF, 0.5, Sampling(), added=added, allowed=allowed)])
    assert logits.tolist() == [[-np.inf, 1.0, 0.0, -np.inf]]


@thrifty
@given(st.integers(0, 100), st.lists(st.floats(0, 1, exclude_max=True), min_size=6, max_size=6), asks)
def test_candidates_begin_apart_as_long_as_the_cuts_leave_a_choice(seed, numbers, ask):
    logits = logits_of(seed, 1, 40).repeat(6, 1)
    taken = set[int]()
    asked = [Ask(ask.settings, at, ask.sampling, avoid=taken) for at in numbers]
    tokens = choose(logits.clone(), asked)
    left = int((cut(logits[:1], [ask.settings]).softmax(-1) > 0).sum())
    assert len(set(tokens)) == min(6, left)
    fresh = set[int]()
    assert tokens == choose(logits, [Ask(ask.settings, at, ask.sampling, avoid=fresh) for at in numbers])


def test_draws_follow_the_chances():
    chances = torch.tensor([[0.25, 0.0, 0.75]]).expand(1000, 3)
    at = torch.linspace(0, 0.999, 1000, dtype=torch.float64)
    assert torch.bincount(draw(chances, at), minlength=3).tolist() == [250, 0, 750]


@thrifty
@given(st.integers(0, 1000), st.floats(0, 1, exclude_max=True))
def test_a_wide_draw_falls_where_the_cumulative_distribution_says(seed, number):
    chances = torch.where(torch.rand(1, WIDE + 77) < 0.02, logits_of(seed, 1, WIDE + 77).exp(), 0)
    chances /= chances.sum()
    place = int(draw(chances, torch.tensor([number], dtype=torch.float64)))
    reached = chances[0].double().cumsum(0) / chances[0].double().sum()
    assert chances[0, place] > 0
    assert reached[place] - chances[0, place] - 1e-5 <= number <= reached[place] + 1e-5


def test_the_settings_are_those_of_the_cuts_in_their_order():
    assert [cut.setting for cut in CUTS] == list(OFF._fields)


def test_xtc_strikes_as_often_as_it_is_asked_to():
    numbers = random.Random(1)
    sampling = Sampling(xtc_threshold=0.2, xtc_probability=0.3)
    struck = [settings_of(sampling, numbers).xtc_threshold for _ in range(1000)]
    assert set(struck) == {0.2, 1.0}
    assert 250 < struck.count(0.2) < 350


@pytest.mark.parametrize("temperature", [1e-7, 5e-324])
@pytest.mark.parametrize("top_p", [0.5, 1e-6, 5e-324])
def test_settings_next_to_nothing_leave_the_likeliest_token(temperature, top_p):
    logits = 100 * logits_of(3, 1, 300)
    sampling = Sampling(temperature=temperature, top_p=top_p)
    assert choose(logits.clone(), [Ask(settings_of(sampling, random.Random(0)), 0.7, sampling)]) == [
        int(logits.argmax())
    ]
