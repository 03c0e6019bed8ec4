import torch
from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.interface import Sampling
from model_server.engine.sampling import HEAD, draw, min_p, penalise, probabilities, scale, top_p

VOCABULARY = 12
logits = st.lists(st.floats(-20, 20, width=32), min_size=VOCABULARY, max_size=VOCABULARY).map(torch.tensor)
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    top_p=st.sampled_from([0.01, 0.5, 0.9, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 1.0]),
)
chance = st.floats(0, 1, exclude_max=True)


@given(st.lists(st.tuples(logits, samplings), min_size=1, max_size=4))
def test_a_row_draws_from_the_same_chances_alone_and_in_a_batch(rows):
    together = probabilities(torch.stack([row for row, _ in rows]), [sampling for _, sampling in rows])
    for number, (row, sampling) in enumerate(rows):
        assert torch.allclose(together[number], probabilities(row[None], [sampling])[0], atol=1e-6)


@given(logits, samplings, chance)
def test_the_likeliest_or_its_equal_can_always_be_drawn_and_the_impossible_never_is(row, sampling, at):
    chances = probabilities(row[None], [sampling])
    assert torch.isclose(chances.sum(), torch.tensor(1.0), atol=1e-5)
    assert chances[0, row >= row.max() - 1e-5].sum() > 0
    assert chances[0, draw(chances, torch.tensor([at], dtype=torch.float64))] > 0


@given(logits, chance)
def test_greed_takes_the_first_of_the_likeliest_whatever_the_number(row, at):
    chances = probabilities(row[None], [Sampling(temperature=0)])
    assert draw(chances, torch.tensor([at], dtype=torch.float64)).item() == row.argmax().item()


def test_min_p_keeps_what_is_likely_enough_beside_the_likeliest():
    row = torch.tensor([[0.6, 0.3, 0.08, 0.02]]).log()
    kept = min_p(row, torch.tensor([0.2])).isfinite()
    assert kept.tolist() == [[True, True, False, False]]
    assert min_p(row, torch.tensor([0.0])).isfinite().all()


def test_top_p_keeps_the_fewest_that_reach_it():
    row = torch.tensor([[0.1, 0.5, 0.1, 0.3]]).log()
    assert top_p(row, torch.tensor([0.6])).isfinite().tolist() == [[False, True, False, True]]
    assert top_p(row, torch.tensor([1e-9])).isfinite().sum() == 1


def test_top_p_finds_its_edge_beyond_the_head_it_looks_at_first():
    row = torch.linspace(0, 1, 4 * HEAD)[None]
    ordered = row.softmax(-1)[0].flip(0)
    kept = top_p(row, torch.tensor([0.8])).isfinite()[0].flip(0)
    size = int(kept.sum())
    assert kept[:size].all() and size > HEAD
    assert ordered[: size - 1].sum() < 0.8 <= ordered[:size].sum() + 1e-4


def test_a_low_temperature_sharpens():
    row = torch.tensor([[1.0, 2.0]])
    assert scale(row, torch.tensor([0.5])).tolist() == [[2.0, 4.0]]


def test_penalties_count_the_prompt_once_and_the_answer_as_often_as_it_says_it():
    row = torch.tensor([2.0, -2.0, 2.0, 2.0])
    repetition = penalise(row, torch.tensor([0, 1]), {}, Sampling(repetition_penalty=2))
    assert repetition.tolist() == [1.0, -4.0, 2.0, 2.0]
    both = penalise(row, torch.tensor([0]), {2: 3}, Sampling(presence_penalty=0.5, frequency_penalty=0.25))
    assert both.tolist() == [2.0, -2.0, 0.75, 2.0]


def test_draws_follow_the_chances():
    chances = torch.tensor([[0.25, 0.0, 0.75]]).expand(1000, 3)
    at = torch.linspace(0, 0.999, 1000, dtype=torch.float64)
    assert torch.bincount(draw(chances, at), minlength=3).tolist() == [250, 0, 750]
