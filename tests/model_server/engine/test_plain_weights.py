"""The compiled layers with a model's own weights, in every precision, beside transformers' layers in float32."""

import pytest
import torch
from support.packable import model_of

from model_server.engine.fused.stack import Compiled
from model_server.engine.layout import lay_out
from model_server.engine.preparing import cache_dtype, cast
from model_server.engine.runner import Runner

FEW = 16
PROMPT = [5 * place % 64 for place in range(FEW)]
DTYPES = ["float32", "bfloat16", "float16"]


@pytest.fixture(params=DTYPES)
def dtype(request, decode_library):
    return request.param


def runner_of(dtype, rows=1, *, kept_in=None, **changed):
    """Let a small model read and write with its own weights."""
    model = model_of(num_hidden_layers=2, attention_bias=True, **changed)
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter) * 0.3
    cast(model, getattr(torch, dtype))
    runner = Runner(model, rows, context=64, cache_dtype=kept_in or cache_dtype("plain", model.dtype))
    runner.compiled = Compiled(model, lay_out(model, "plain"))
    return runner


def off(runner, prompt):
    """Read a prompt; say how far the logits are from those of the same weights in float32, by the largest."""
    logits = runner.read(0, 0, prompt)
    exact = Runner(runner.model.float(), 1, context=64).read(0, 0, prompt)
    return (logits - exact).abs().max() / exact.abs().max()


def test_few_rows_are_multiplied_with_rounded_weights_as_exactly_as_with_others(dtype):
    assert off(runner_of(dtype, kept_in=torch.float32), PROMPT) <= 1e-5


@pytest.mark.parametrize(
    ("prompt", "width"), [(PROMPT * 3, 32), (PROMPT, 36)], ids=["many rows", "no whole vectors"]
)
def test_what_pytorch_multiplies_is_rounded_to_the_precision_of_the_weights(dtype, prompt, width):
    runner = runner_of(dtype, kept_in=torch.float32, hidden_size=width)
    assert off(runner, prompt) <= {"float32": 1e-5, "float16": 0.01, "bfloat16": 0.08}[dtype]


def test_a_text_has_the_same_numbers_whoever_is_beside_while_they_are_few(dtype):
    runner = runner_of(dtype, rows=FEW + 1)
    runner.read(0, 0, PROMPT)
    runner.fork(0, range(1, FEW + 1))
    alone = runner.write({0: 3})[0]
    assert runner.write({row: row % 4 for row in range(1, FEW + 1)})[3].equal(alone)


def test_rounded_weights_have_texts_beside_them_in_half_precision(dtype):
    runner = runner_of(dtype)
    runner.read(0, 0, PROMPT)
    [kept] = {layer.keys.dtype for layer in runner.store.held.values()}
    assert (kept is torch.float32) == (dtype == "float32")
    assert kept.itemsize == (4 if dtype == "float32" else 2)
