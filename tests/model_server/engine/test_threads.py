"""How many threads share the work is a matter of time alone: the other tests compute with few."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
import torch
from support.families import SMALL
from transformers import AutoConfig, AutoModelForCausalLM

from model_server.engine.fused.stack import Compiled
from model_server.engine.layout import lay_out
from model_server.engine.runner import Runner

PROMPT = [7 * place % 320 for place in range(300)]


@pytest.fixture(scope="module")
def model(decode_library):
    torch.manual_seed(5)
    config = AutoConfig.for_model("llama", **SMALL)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


@pytest.fixture
def threads():
    """Set the number of threads for a test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("kind", "within"), [("plain", 1e-6), ("bfloat16", 0), ("int8", 0), ("int4", 0)])
def test_any_number_of_threads_gives_the_same_numbers(model, threads, kind, within):
    written = []
    for count in (1, 2, 3, 8):
        threads(count)
        runner = Runner(model, 4, context=400)
        runner.compiled = Compiled(deepcopy(model), lay_out(model, kind))
        read = [runner.read(row, 0, PROMPT[row : 300 - row]) for row in range(4)]
        wrote = [runner.write({row: 11 * (step + row) % 320 for row in range(4)}) for step in range(4)]
        written.append(torch.stack([*read, *(logits for step in wrote for logits in step.values())]))
    for others in written[1:]:
        assert (others - written[0]).abs().max() <= within


def test_who_computes_while_the_threads_work_for_another_gets_the_same_numbers(model, threads):
    threads(2)

    def written(_):
        runner = Runner(model, 1, context=400)
        runner.compiled = Compiled(deepcopy(model), lay_out(model, "int4"))
        return runner.read(0, 0, PROMPT)

    with ThreadPoolExecutor(4) as at_once:
        alone, *others = at_once.map(written, range(40))
    assert all(other.equal(alone) for other in others)
