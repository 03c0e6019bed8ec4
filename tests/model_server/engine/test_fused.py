"""The compiled step against transformers' own layers, for every family that it serves and every way to hold weights."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.fused import library, packing
from model_server.engine.fused.stack import FusedWriting, lay_out, unfit
from model_server.engine.pages import PAGE
from model_server.engine.runner import Runner

SMALL = {
    "vocab_size": 320,
    "hidden_size": 96,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 1024,
    "sliding_window": None,
}
FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
PROMPT = [7 * place % 320 for place in range(300)]


def model_of(family, **changed):
    torch.manual_seed(5)
    config = AutoConfig.for_model(family, **(SMALL | changed))
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.1 + (parameter.dim() == 1))
    return model


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
    fused.writing = FusedWriting(model, lay_out(model, "plain"))
    assert_same(written(fused, lengths), written(plain, lengths), within=1e-5)


def test_what_a_row_is_told_does_not_depend_on_the_others(model):
    alone, beside = (Runner(model, 4, context=400) for _ in range(2))
    for runner in (alone, beside):
        runner.writing = FusedWriting(model, lay_out(model, "plain"))
    [one] = written(alone, [300], steps=1)
    [several] = written(beside, [300, 40, 33], steps=1)
    assert (one[0] - several[0]).abs().max() <= 1e-5 * one[0].abs().max()


@pytest.mark.parametrize("kind", ["int8", "int4"])
def test_packed_weights_write_what_the_same_weights_write_unpacked(model, kind):
    for part in model.modules():
        if isinstance(part, torch.nn.Linear):
            part.weight.data = unpacked(part.weight.data, kind)
    layout = lay_out(model, kind)
    try:
        packed, plain = (Runner(model.bfloat16(), 3, context=400) for _ in range(2))
        packed.writing = FusedWriting(model, layout)
        assert_same(written(packed, [300, 40]), written(plain, [300, 40]), within=0.05)
    finally:
        model.float()


def unpacked(weight, kind):
    """Put a matrix on the grid of its packing."""
    if kind == "int8":
        numbers, scales = packing.steps8(weight)
        return (numbers.unflatten(1, (-1, packing.GROUP)) * scales[..., None]).flatten(1)
    numbers, step, least = packing.steps4(weight)
    return (numbers.unflatten(1, (-1, packing.GROUP)) * step[..., None] + least[..., None]).flatten(1)


def test_a_matrix_from_a_grid_of_sixteen_steps_is_kept_and_another_is_not():
    torch.manual_seed(1)
    weight = torch.randn(48, 64)
    numbers, step, least = packing.steps4(weight)
    on_grid = (numbers.unflatten(1, (-1, packing.GROUP)) * step[..., None] + least[..., None]).flatten(1)
    assert packing.keeps4(on_grid)
    assert not packing.keeps4(weight)


@pytest.mark.parametrize("family", ["gemma2", "phi3", "gpt_neox", "olmo2"])
def test_other_families_say_why_they_are_written_with_otherwise(family):
    config = AutoConfig.for_model(family, **SMALL, pad_token_id=0)
    reason = unfit(AutoModelForCausalLM.from_config(config))
    assert reason is not None
    assert reason.startswith("it has")


def test_heads_of_an_odd_width_are_written_otherwise():
    assert unfit(model_of("llama", head_dim=8)) == "its heads are 8 wide"


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
