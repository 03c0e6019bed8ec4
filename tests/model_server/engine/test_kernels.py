"""The kernels for a GPU against transformers' own layers, as Triton's interpreter computes them on a CPU."""

import os
import subprocess
import sys
from copy import deepcopy

import pytest
import torch

pytest.importorskip("triton", reason="the kernels need Triton, which comes with PyTorch for CUDA")

from support.adapters import halves_of, write_adapter
from support.families import FAMILIES, model_of

from model_server.engine.adapters.reading import Base, read
from model_server.engine.kernels import starting
from model_server.engine.kernels.compiled import Compiled
from model_server.engine.layout import lay_out
from model_server.engine.runner import Runner

pytestmark = pytest.mark.slow

TEXT = [7 * place % 320 for place in range(200)]
KNOWN = 180
"""How much of it transformers' layers read, for the interpreter is slow."""


class Repeated:
    """Takes the place of a graph: each call is done again, from the same memory."""

    def __init__(self):
        self.recorded = 0

    def __call__(self, call):
        self.recorded += 1
        return call


def runner_of(model, rows=4):
    """Give a runner whose rows hold texts of several lengths, read by transformers' layers."""
    runner = Runner(model, rows, context=256)
    for row in range(rows):
        runner.read(row, 0, TEXT[: KNOWN - 37 * row])
    return runner


def by_kernels(runner, recording=None):
    runner.compiled = Compiled(
        runner.model, lay_out(runner.model, "plain"), runner.pages.most, recording or Repeated()
    )
    return runner


def assert_near(one, other, within=1e-5):
    assert (one - other).abs().max() <= within * other.abs().max()


@pytest.fixture(scope="module", params=FAMILIES)
def model(request):
    return model_of(request.param, num_hidden_layers=2)


def test_a_family_is_read_as_transformers_reads(model):
    plain, ours = runner_of(model), by_kernels(runner_of(model))
    end = TEXT[KNOWN:]
    assert_near(ours.read(0, KNOWN, end), plain.read(0, KNOWN, end))


def test_rows_are_written_as_transformers_writes_whoever_is_beside(model):
    plain, ours = runner_of(model), by_kernels(runner_of(model))
    for step, rows in enumerate(((0, 1, 3), (0, 1, 2, 3))):
        tokens = {row: 11 * (step + row) % 320 for row in rows}
        written = ours.write(tokens)
        for row, logits in plain.write(tokens).items():
            assert_near(written[row], logits)


def test_adapters_add_what_they_add_to_transformers_layers(model, tmp_path):
    base = Base(model, "small")
    noir, haiku = (
        read(write_adapter(tmp_path / name, halves_of(model, seed)), base)
        for seed, name in enumerate(("noir", "haiku"))
    )
    plain, ours = (Runner(model, 3, context=64) for _ in range(2))
    by_kernels(ours)
    for runner in (plain, ours):
        for row, adapter in enumerate((noir, None, haiku)):
            runner.begin(row, TEXT[:40], "", adapter)
    for row in range(3):
        assert_near(ours.read(row, 0, TEXT[:40]), plain.read(row, 0, TEXT[:40]))
    written, expected = (runner.write({0: 5, 1: 7, 2: 9}) for runner in (ours, plain))
    for row, logits in expected.items():
        assert_near(written[row], logits)


def test_in_half_precision_nearly_that_is_written(model):
    ours = by_kernels(runner_of(deepcopy(model).half()))
    plain = runner_of(model)
    assert_near(ours.write({0: 5, 1: 7})[1], plain.write({0: 5, 1: 7})[1], within=0.02)


def test_steps_are_recorded_once_for_every_power_of_two_of_rows():
    recording = Repeated()
    runner = by_kernels(Runner(model_of("llama", num_hidden_layers=1), 3, context=64), recording)
    runner.compiled.prepare(runner.store, 3)
    for rows in (1, 2, 3):
        runner.write(dict.fromkeys(range(rows), 7))
    assert recording.recorded == 3


def test_a_runner_switches_to_kernels_that_compute_the_same(caplog):
    runner = Runner(model_of("llama", num_hidden_layers=1), 2, context=64)
    starting.switch(runner, lay_out(runner.model, "plain"), Repeated())
    assert isinstance(runner.compiled, Compiled)
    assert runner.lengths == [0, 0]


def test_kernels_that_compute_something_else_are_not_taken(caplog):
    model = model_of("llama", num_hidden_layers=1)
    other = lay_out(model_of("mistral", num_hidden_layers=1, rms_norm_eps=0.5), "plain")
    runner = Runner(model, 2, context=64)
    starting.switch(runner, other, Repeated())
    assert runner.compiled is None
    assert "are off by" in caplog.text


@pytest.mark.skipif(torch.cuda.is_available(), reason="here it can be recorded")
def test_where_nothing_can_be_recorded_transformers_layers_go_on(caplog):
    runner = Runner(model_of("llama", num_hidden_layers=1), 2, context=64)
    starting.switch(runner, lay_out(runner.model, "plain"))
    assert runner.compiled is None
    assert "do not run here" in caplog.text
    assert runner.write({0: 5}).keys() == {0}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"head_dim": 24}, "its heads are 24 wide"), ({"hidden_act": "gelu"}, "its activation")],
)
def test_what_the_kernels_do_not_know_says_why(changed, reason):
    assert starting.unfit(model_of("llama", **changed)).startswith(reason)


@pytest.mark.parametrize("architecture", [80, 90])
def test_the_kernels_can_be_compiled_for_a_gpu(architecture):
    subprocess.run(
        [sys.executable, "-m", "support.gpu_compiling", str(architecture)],
        env={**os.environ, "TRITON_INTERPRET": "0", "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
    )
