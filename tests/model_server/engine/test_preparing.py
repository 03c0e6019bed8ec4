"""What a model is to write with, and the words in which the start-up line says why."""

import gc
import os
import weakref

import pytest
import torch
from support.packable import model_of, on_a_grid

from model_server.engine.fused import library
from model_server.engine.fused.packing import multiplies_pairs
from model_server.engine.preparing import compute_with, pack
from model_server.engine.runner import Runner
from model_server.faults import StartFault
from model_server.options import parse


@pytest.fixture
def cache(tmp_path):
    """A cache in which the compiled layers lie; nothing here runs them."""
    library.path_in(tmp_path).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "dtype", "kind", "words"),
    [
        ("auto", torch.bfloat16, "int4", "with int4 weights: nothing is lost"),
        ("int4", torch.bfloat16, "int4", "with int4 weights as asked: nothing is lost"),
        ("int8", torch.bfloat16, "int8", "with int8 weights as asked"),
        ("auto", torch.float32, "int4", "with int4 weights: nothing is lost"),
        ("bfloat16", torch.bfloat16, "bfloat16" if multiplies_pairs() else "plain", "with its own weights"),
        ("float32", torch.float32, "plain", "with its own weights"),
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


PROMPT = list(range(3, 50))


@pytest.fixture
def packed(decode_library):
    """Let a small model compute by packed weights; give the runner and references to its own weights."""

    def packed():
        cache = parse([], os.environ).cache_dir
        model = on_a_grid(model_of(tie_word_embeddings=False, num_hidden_layers=2))
        plan = pack(model, "auto", torch.float32, cache)
        own = [weakref.ref(part.weight) for part in model.modules() if isinstance(part, torch.nn.Linear)]
        runner = Runner(model, 2, context=64, cache_dtype=plan.cache_dtype)
        compute_with(runner, plan.layout, cache)
        return runner, own

    return packed


def test_once_packed_weights_compute_the_model_s_own_are_gone(packed):
    runner, own = packed()
    gc.collect()
    assert len(own) == 15
    assert all(reference() is not None for reference in own)
    first = runner.read(0, 0, PROMPT)
    gc.collect()
    assert not any(reference() is not None for reference in own)
    assert runner.read(1, 0, PROMPT).equal(first)


def test_what_is_left_of_a_model_cannot_compute(packed):
    runner, _ = packed()
    runner.read(0, 0, PROMPT)
    runner.compiled = None
    with pytest.raises(AttributeError):
        runner.read(0, 0, PROMPT)


def test_a_layout_of_the_model_s_own_weights_leaves_them_where_they_are(decode_library):
    cache, model = parse([], os.environ).cache_dir, model_of()
    plan = pack(model, "auto", torch.float32, cache)
    runner = Runner(model, 1, context=64)
    compute_with(runner, plan.layout, cache)
    compiled, runner.compiled = runner.read(0, 0, PROMPT), None
    assert (runner.read(0, 0, PROMPT) - compiled).abs().max() < 1e-4
