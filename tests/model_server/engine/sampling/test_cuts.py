"""Each sampler against its definition, written down plainly: chances in, chances out, one row, in Python's own numbers."""

import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from model_server.engine.sampling.order import CUTS, OFF, Settings, cut
from model_server.engine.sampling.top_p import HEAD, top_p

thrifty = settings(deadline=None, max_examples=60)

rows = st.lists(st.integers(-60, 60), min_size=1, max_size=14, unique=True).map(
    lambda numbers: [number / 8 for number in numbers]
)


def softmax(logits):
    weights = {token: math.exp(logit - max(logits.values())) for token, logit in logits.items()}
    total = sum(weights.values())
    return {token: weight / total for token, weight in weights.items()}


def by_temperature(logits, value):
    if value == 0:
        return {max(logits, key=logits.__getitem__)}
    return set(logits)


def by_min_p(logits, value):
    chances = softmax(logits)
    return {token for token, chance in chances.items() if chance >= value * max(chances.values())}


def by_top_k(logits, value):
    return set(sorted(logits, key=logits.__getitem__, reverse=True)[: int(value) or None])


def fewest(chances, order, share):
    kept, reached = set(), 0.0
    for token in order:
        if kept and reached >= share:
            break
        kept.add(token)
        reached += chances[token]
    return kept


def by_top_p(logits, value):
    chances = softmax(logits)
    return fewest(chances, sorted(chances, key=chances.__getitem__, reverse=True), value)


def by_typical_p(logits, value):
    chances = softmax(logits)
    entropy = -sum(chance * math.log(chance) for chance in chances.values())
    order = sorted(chances, key=lambda token: abs(-math.log(chances[token]) - entropy))
    return fewest(chances, order, value)


def by_xtc(logits, value):
    top = [token for token, chance in softmax(logits).items() if chance >= value]
    return set(logits) - set(sorted(top, key=logits.__getitem__)[1:])


DEFINITIONS = {
    "temperature": (by_temperature, st.sampled_from([0.0, 0.3, 1.0, 2.0])),
    "min_p": (by_min_p, st.floats(0.001, 1)),
    "top_k": (by_top_k, st.integers(0, 20)),
    "top_p": (by_top_p, st.floats(0.01, 0.999)),
    "typical_p": (by_typical_p, st.floats(0.01, 0.999)),
    "xtc_threshold": (by_xtc, st.floats(0.02, 1)),
}


def kept_by(setting, row, value):
    """What the definition keeps; a value too near to an edge for float32 is no example."""
    definition, _ = DEFINITIONS[setting]
    logits = dict(enumerate(row))
    kept = definition(logits, value)
    if setting not in ("temperature", "top_k"):
        assume(all(kept == definition(logits, value * near) for near in (1 - 1e-4, 1 + 1e-4)))
    return kept


@pytest.mark.parametrize("setting", [cut.setting for cut in CUTS])
@thrifty
@given(row=rows, data=st.data())
def test_a_sampler_keeps_what_its_definition_keeps(setting, row, data):
    value = data.draw(DEFINITIONS[setting][1])
    kept = cut(torch.tensor([row]), [OFF._replace(**{setting: value})])[0].isfinite()
    assert set(kept.nonzero().flatten().tolist()) == kept_by(setting, row, value)


@thrifty
@given(row=rows, data=st.data())
def test_samplers_follow_each_other_in_the_order_of_the_list(row, data):
    chosen = {cut.setting: data.draw(DEFINITIONS[cut.setting][1]) for cut in CUTS}
    left = dict(enumerate(row))
    for sampler in CUTS:
        value = chosen[sampler.setting]
        names = list(left)
        kept = {names[place] for place in kept_by(sampler.setting, list(left.values()), value)}
        heat = value if sampler.setting == "temperature" and value else 1
        left = {token: logit / heat for token, logit in left.items() if token in kept}
    result = cut(torch.tensor([row]), [Settings(**chosen)])[0]
    assert set(result.isfinite().nonzero().flatten().tolist()) == set(left)
    assert torch.allclose(
        result[list(left)].softmax(-1), torch.tensor(list(left.values())).softmax(-1), atol=1e-5
    )


@thrifty
@given(
    st.lists(
        st.tuples(rows.map(lambda row: (row * 14)[:14]), st.sampled_from(range(4))), min_size=1, max_size=4
    )
)
def test_a_row_is_cut_the_same_in_any_company(pairs):
    kinds = (
        OFF,
        Settings(temperature=0.7, min_p=0.1),
        Settings(top_k=3, top_p=0.8),
        Settings(typical_p=0.5, xtc_threshold=0.1),
    )
    logits, chosen = torch.tensor([row for row, _ in pairs]), [kinds[kind] for _, kind in pairs]
    together = cut(logits, chosen)
    for number, one in enumerate(chosen):
        assert torch.equal(together[number], cut(logits[number : number + 1], [one])[0])


def test_equal_tokens_stay_together():
    row = torch.tensor([[0.1, 0.5, 0.1, 0.3]]).log()
    assert cut(row, [OFF._replace(top_k=3)]).isfinite().all()
    assert cut(row, [OFF._replace(top_p=0.85)]).isfinite().all()


def test_greed_takes_the_first_of_the_likeliest():
    kept = cut(torch.tensor([[1.0, 3.0, 3.0, 2.0]]), [OFF._replace(temperature=0)]).isfinite()
    assert kept.tolist() == [[False, True, False, False]]


def test_top_p_finds_its_edge_beyond_the_head_it_looks_at_first():
    row = torch.linspace(0, 1, 4 * HEAD)[None]
    ordered = row.softmax(-1)[0].flip(0)
    kept = top_p(row, torch.tensor([0.8])).isfinite()[0].flip(0)
    size = int(kept.sum())
    assert kept[:size].all() and size > HEAD
    assert ordered[: size - 1].sum() < 0.8 <= ordered[:size].sum() + 1e-4
