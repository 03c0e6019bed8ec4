"""What a model is to write with, and the words in which the start-up line says why."""

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.fused import library, packing
from model_server.engine.fused.preparing import pack
from model_server.faults import StartFault

SMALL = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
}


@pytest.fixture
def cache(tmp_path):
    """A cache in which the compiled layers lie; nothing here runs them."""
    library.path_in(tmp_path).touch()
    return tmp_path


def model_of(**changed):
    torch.manual_seed(1)
    return AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **(SMALL | changed)))


def on_a_grid(model):
    """Give the model weights that four bits hold."""
    for part in model.modules():
        if isinstance(part, torch.nn.Linear):
            numbers, step, least = packing.steps4(part.weight.data)
            groups = numbers.unflatten(1, (-1, packing.GROUP)) * step[..., None] + least[..., None]
            part.weight.data = groups.flatten(1)
    return model


@pytest.mark.parametrize(
    ("asked", "dtype", "kind", "words"),
    [
        ("auto", torch.bfloat16, "int4", "with int4 weights: nothing is lost"),
        ("int4", torch.bfloat16, "int4", "with int4 weights as asked: nothing is lost"),
        ("int8", torch.bfloat16, "int8", "with int8 weights as asked"),
        ("auto", torch.float32, "int4", "with int4 weights: nothing is lost"),
        ("bfloat16", torch.bfloat16, "plain", "with its own weights"),
    ],
)
def test_four_bits_are_chosen_where_they_lose_nothing(cache, asked, dtype, kind, words):
    plan = pack(on_a_grid(model_of()), asked, dtype, cache)
    assert plan.layout.kind == kind
    assert plan.words == f"by compiled layers, {words}"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("auto", "with its own weights: int4 would lose something"),
        ("int4", "with int4 weights as asked: it writes a little worse"),
    ],
)
def test_where_four_bits_lose_something_that_is_said(cache, asked, words):
    assert pack(model_of(), asked, torch.bfloat16, cache).words == f"by compiled layers, {words}"


def test_what_the_step_does_not_know_is_written_otherwise_and_why_is_said(cache):
    plan = pack(model_of(head_dim=8), "auto", torch.bfloat16, cache)
    assert plan.layout is None
    assert plan.words == "by transformers' own layers: its heads are 8 wide"


def test_without_a_compiler_packed_weights_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "no C++ compiler" in pack(model_of(), "auto", torch.bfloat16, tmp_path).words
    with pytest.raises(StartFault, match=r"--dtype int4 cannot be used .* no C\+\+ compiler"):
        pack(model_of(), "int4", torch.bfloat16, tmp_path)
