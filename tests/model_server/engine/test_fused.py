"""The compiled layers against transformers' own, for every family that they serve and every way to hold weights."""

from copy import deepcopy
from itertools import pairwise

import pytest
import torch
from support.families import FAMILIES, SMALL, model_of
from support.packable import rounding, unpacked
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.fused import library, packing
from model_server.engine.fused.stack import Compiled, unfit
from model_server.engine.layout import lay_out
from model_server.engine.pages import PAGE
from model_server.engine.runner import Runner

PROMPT = [7 * place % 320 for place in range(300)]
KINDS = ["bfloat16", "int8", "int4"]


def written(runner, lengths, steps=3):
    """Read prompts of these lengths and write a few tokens to all of them at once; give the logits of each step."""
    for row, length in enumerate(lengths):
        runner.read(row, 0, PROMPT[:length])
    runner.fork(0, [len(lengths)])
    rows = range(len(lengths) + 1)
    return [runner.write({row: 11 * (step + row) % 320 for row in rows}) for step in range(steps)]


def assert_same(one, other, within):
    for ours, theirs in zip(one, other, strict=True):
        for row, logits in theirs.items():
            assert (ours[row] - logits).abs().max() <= within * logits.abs().max()


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, decode_library):
    return model_of(request.param)


def test_a_family_is_written_with_as_transformers_writes(model):
    lengths = [300, 5, PAGE - 1, PAGE, PAGE + 1, 256, 255]
    plain, fused = (Runner(model, len(lengths) + 1, context=400) for _ in range(2))
    fused.compiled = Compiled(model, lay_out(model, "plain"))
    assert_same(written(fused, lengths), written(plain, lengths), within=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_packed_weights_write_what_the_same_weights_write_unpacked(model, kind):
    packed, plain = runner_of(model, kind), Runner(rounding(model, kind), 4, context=400)
    assert_same(written(packed, [300, 40, 256]), written(plain, [300, 40, 256]), within=0.03)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cache_dtype", [torch.float16, torch.bfloat16])
def test_in_bfloat16_they_write_nearly_that(model, kind, cache_dtype):
    packed, plain = runner_of(model, kind, torch.bfloat16, cache_dtype), runner_of(model, kind)
    assert_same(written(packed, [300, 40]), written(plain, [300, 40]), within=0.1)


@pytest.mark.parametrize("cache_dtype", [None, torch.float16, torch.bfloat16])
def test_what_transformers_layers_have_read_is_written_on(model, cache_dtype):
    runner = Runner(model, 3, context=400, cache_dtype=cache_dtype)
    runner.read(0, 0, PROMPT)
    expected = runner.read(1, 0, [*PROMPT, 3])
    runner.compiled = Compiled(model, lay_out(model, "plain"))
    written_on = runner.write({0: 3})[0]
    runner.read(2, 0, PROMPT)
    runner.compiled = None
    read_back = runner.write({2: 3})[2]
    within = 1e-5 if cache_dtype is None else 0.03
    assert_same([{0: written_on}, {0: read_back}], [{0: expected}, {0: expected}], within)


@pytest.mark.parametrize("cache_dtype", [None, torch.float16, torch.bfloat16])
def test_what_lies_where_nothing_was_written_yet_changes_nothing(model, cache_dtype):
    clean, soiled = (runner_of(model, "int8", cache_dtype=cache_dtype) for _ in range(2))
    for layer in soiled.store.held.values():
        for held in (layer.keys, layer.values):
            held.detach().fill_(torch.nan)
    lengths = [1, PAGE, PAGE + 1]
    assert_same(written(soiled, lengths), written(clean, lengths), within=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cache_dtype", [None, torch.float16, torch.bfloat16])
def test_packed_a_text_has_the_same_numbers_however_it_is_read_and_whoever_is_beside(
    model, kind, cache_dtype
):
    runner = runner_of(model, kind, cache_dtype=cache_dtype)
    whole = runner.read(0, 0, PROMPT)
    in_parts = [runner.read(1, start, PROMPT[start:end]) for start, end in pairwise((0, 7, 100, 101, 300))]
    runner.read(2, 0, PROMPT[:250])
    runner.fork(2, [3])
    beside = [runner.write({3: (token + 1) % 320, 2: token}) for token in PROMPT[250:]]
    assert whole.equal(in_parts[-1])
    assert whole.equal(beside[-1][2])


def runner_of(model, kind, dtype=torch.float32, cache_dtype=None):
    """Let a copy of a model read and write with packed weights."""
    copy = deepcopy(model)
    layout = lay_out(copy, kind)
    runner = Runner(copy.to(dtype), 4, context=400, cache_dtype=cache_dtype)
    runner.read(0, 0, [0])
    runner.compiled = Compiled(copy, layout)
    return runner


def test_a_matrix_from_a_grid_of_sixteen_steps_is_kept_and_another_is_not():
    torch.manual_seed(1)
    weight = torch.randn(48, 64)
    assert packing.keeps4(unpacked(weight, "int4"))
    assert not packing.keeps4(weight)


@pytest.mark.parametrize("family", ["gemma2", "phi3", "gpt_neox", "olmo2"])
def test_other_families_say_why_they_are_written_with_otherwise(family):
    config = AutoConfig.for_model(family, **SMALL, pad_token_id=0)
    reason = unfit(AutoModelForCausalLM.from_config(config))
    assert reason is not None
    assert reason.startswith("it has")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"head_dim": 8}, "its heads are 8 wide"),
        ({"num_attention_heads": 32, "num_key_value_heads": 1}, "32 of its heads share their keys"),
    ],
)
def test_heads_that_are_not_computed_are_named(changed, reason):
    assert unfit(model_of("llama", **changed)) == reason


def test_without_a_compiler_there_is_a_reason(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(library.NotCompiled, match="no C\\+\\+ compiler"):
        library.build(tmp_path)


def test_a_library_that_cannot_be_loaded_is_made_anew_the_next_time(tmp_path):
    broken = library.path_in(tmp_path)
    broken.write_bytes(b"no library")
    with pytest.raises(library.NotCompiled, match="cannot be loaded"):
        library.load(broken)
    assert not broken.exists()
