"""The law of adapters: a row has what its own adapter adds and nothing of the others', by whatever way it is written."""

from copy import deepcopy

import pytest
import torch
from support.adapters import halves_of, merged, write_adapter
from support.packable import rounding
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.adapters.reading import Base, read
from model_server.engine.fused.stack import Compiled
from model_server.engine.layout import lay_out
from model_server.engine.runner import Runner

SMALL = {
    "vocab_size": 325, "hidden_size": 96, "intermediate_size": 100, "num_hidden_layers": 2,
    "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 16, "tie_word_embeddings": True,
}  # fmt: skip
PROMPT = [7 * place % 320 for place in range(100)]
NEAR = 2e-5


@pytest.fixture(scope="module")
def model(decode_library):
    torch.manual_seed(5)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **SMALL), dtype=torch.float32)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1 + (parameter.dim() == 1))
    return model.eval()


@pytest.fixture(scope="module")
def halves(model):
    return {"noir": halves_of(model, 1), "haiku": halves_of(model, 2)}


@pytest.fixture(scope="module")
def adapters(model, halves, tmp_path_factory):
    folder = tmp_path_factory.mktemp("adapters")
    base = Base(model, "small")
    return {name: read(write_adapter(folder / name, its), base) for name, its in halves.items()}


@pytest.fixture(params=["by the compiled layers", "by transformers' layers"])
def runner(request, model):
    def runner(model=model):
        runner = Runner(model, rows=8, context=200, kept=16)
        if request.param == "by the compiled layers":
            runner.compiled = Compiled(model, lay_out(model, "plain"))
        return runner

    return runner


@pytest.mark.parametrize("kind", ["bfloat16", "int8", "int4"])
def test_over_packed_weights_an_adapter_adds_what_it_adds_over_the_same_in_full(model, adapters, kind):
    packed = Runner(deepcopy(model), rows=8, context=200)
    packed.compiled = Compiled(packed.model, lay_out(packed.model, kind))
    rows = {0: adapters["noir"], 1: None, 2: adapters["haiku"]}
    ours, theirs = written(packed, rows), written(Runner(rounding(model, kind), rows=8, context=200), rows)
    for row in rows:
        for one, other in zip(ours, theirs, strict=True):
            assert (one[row] - other[row]).abs().max() <= 0.15 * other[row].abs().max()


def written(runner, rows, steps=3):
    """Let each of these rows, with its adapter, read a prompt of its own length and write; give the logits of each step."""
    for row, adapter in rows.items():
        text = PROMPT[row : 40 + 3 * row]
        known = runner.begin(row, text, "", adapter)
        runner.read(row, known, text[known:])
    return [runner.write({row: 11 * (step + row) % 320 for row in rows}) for step in range(steps)]


def assert_same(ours, theirs, row):
    for one, other in zip(ours, theirs, strict=True):
        assert (one[row] - other[row]).abs().max() <= NEAR * other[row].abs().max()


def test_a_row_is_written_as_by_the_model_into_which_its_adapter_was_merged(runner, model, halves, adapters):
    for name, its in halves.items():
        ours = written(runner(), {2: adapters[name]})
        assert_same(ours, written(runner(merged(model, its)), {2: None}), row=2)


def test_each_row_beside_others_is_written_as_alone(runner, adapters):
    rows = {0: adapters["noir"], 1: None, 2: adapters["haiku"], 3: adapters["noir"], 4: None}
    together = written(runner(), rows)
    for row, adapter in rows.items():
        assert_same(together, written(runner(), {row: adapter}), row)
    assert (together[0][0] - written(runner(), {0: None})[0][0]).abs().max() > 1


def test_candidates_keep_the_adapter_with_which_their_prompt_was_read(runner, adapters):
    forked = runner()
    forked.read(0, forked.begin(0, PROMPT, "", adapters["noir"]), PROMPT)
    forked.fork(0, [5])
    logits = forked.write({0: 9, 5: 9})
    assert torch.allclose(logits[0], logits[5], atol=1e-4)


def test_a_text_is_known_to_rows_of_the_same_adapter_only(runner, adapters):
    noir, haiku = adapters.values()
    first = runner()
    first.read(0, first.begin(0, PROMPT, "salt", noir), PROMPT)
    first.remember(0, PROMPT, "salt")
    forged = f"{noir.digest}/salt"
    known = [
        first.begin(1, PROMPT, salt, who) for salt, who in [("salt", None), (forged, None), ("salt", haiku)]
    ]
    assert known == [0, 0, 0]
    assert first.begin(1, PROMPT, "salt", noir) == 96


def test_what_is_known_is_written_on_as_what_was_read(runner, adapters):
    first = runner()
    anew = written(first, {1: adapters["noir"]})
    first.remember(1, PROMPT[1:43], "")
    first.clear([1])
    assert_same(written(first, {1: adapters["noir"]}), anew, row=1)


def test_a_model_without_rows_of_adapters_is_left_as_it_was(model, adapters):
    def state():
        hooks = sum(len(part._forward_hooks) for part in model.modules())
        return hooks, {name: weight.data_ptr() for name, weight in model.named_parameters()}

    first = Runner(model, rows=8, context=200)
    before, alone = state(), written(first, {3: None})
    written(first, {3: adapters["noir"]})
    assert state() != before
    first.clear([3])
    assert state() == before
    assert_same(written(first, {3: None}), alone, row=3)
