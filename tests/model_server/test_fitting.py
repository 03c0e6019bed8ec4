import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from model_server.engine.pages import PAGE
from model_server.engine.placement import Placement
from model_server.engine.runner import page_bytes
from model_server.findings import Level
from model_server.fitting import Need, Room, judge, need_of, room_of
from model_server.machine import Accelerator, Machine
from model_server.options import parse
from model_server.sources import Source

ON_CPU = Placement({"": "cpu"}, torch.float32, None, "")
FLAGS = {"max-concurrent": "rows", "context-limit": "context", "prefix-cache-mb": "kept"}


def test_what_a_model_takes_is_told_without_reading_it(tiny_folder):
    need = need_of(Source("tiny", str(tiny_folder)), ON_CPU, parse(["--max-concurrent", "3"], {}))
    model = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    assert need.weights == 4 * model.num_parameters()
    assert need.token * PAGE == page_bytes(model)
    assert (need.rows, need.context, need.kept) == (3, 8192, 512_000_000)


def test_packed_weights_lie_beside_those_that_read(tiny_folder):
    source, options = Source("tiny", str(tiny_folder)), parse([], {})
    bfloat16 = replace(ON_CPU, dtype=torch.bfloat16)
    plain = need_of(source, ON_CPU, options).weights
    assert plain < need_of(source, bfloat16, options).weights < 1.5 * plain


def test_what_fits_has_no_remedy():
    finding = judge(Need(10**8, 1000, rows=8, context=1000, kept=10**8), Room(10**9))
    assert (finding.level, finding.remedy) == (Level.OK, "")


def test_weights_that_do_not_fit_are_not_served():
    assert judge(Need(10**9, 1, 1, 64, 0), Room(10**8)).level is Level.FAIL


def test_weights_that_reach_into_main_memory_are_served_slowly():
    finding = judge(Need(10**9, 1, 1, 64, 0), Room(10**8, beside=10**10))
    assert finding.level is Level.MEND
    assert "slow" in finding.seen


@given(
    rows=st.integers(1, 64),
    context=st.integers(64, 100_000),
    token=st.integers(100, 200_000),
    kept=st.integers(0, 10**10),
    spare=st.floats(0, 1),
)
def test_with_what_is_advised_it_fits(rows, context, token, kept, spare):
    """As long as there is room for one text worth telling."""
    need = Need(10**9, token, rows, context, kept)
    least = 4 * (1024 + 4 * PAGE) * token
    room = Room(int(need.weights + least + spare * (need.cache + kept)))
    finding = judge(need, room)
    given = {FLAGS[flag]: int(value) for flag, value in re.findall(r"--([a-z-]+) (\d+)", finding.remedy)}
    if "kept" in given:
        given["kept"] *= 1_000_000
    assert judge(replace(need, **given), room).level is Level.OK
    assert all(value <= getattr(need, name) for name, value in given.items())


@pytest.mark.parametrize(
    ("placement", "room"),
    [
        (ON_CPU, Room(8 * 10**9)),
        (replace(ON_CPU, device_map="auto", max_memory={"cpu": "4GB"}), Room(10 * 10**9, 4 * 10**9)),
        (replace(ON_CPU, device_map="auto", max_memory={0: "2GB"}), Room(2 * 10**9, 8 * 10**9)),
        (replace(ON_CPU, device_map={"": "mps"}), Room(10 * 10**9)),
    ],
)
def test_caps_bound_what_may_be_used(placement, room):
    machine = Machine("a CPU", 4, (), 8 * 10**9, 0.0, (Accelerator("cuda:0", 10 * 10**9, 12 * 10**9),))
    assert room_of(machine, placement) == room
