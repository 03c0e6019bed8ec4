import re
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from support.packable import model_of, on_a_grid
from transformers import AutoModelForCausalLM

from model_server.engine.fused import library
from model_server.engine.pages import PAGE
from model_server.engine.placement import Placement
from model_server.engine.preparing import pack
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("asked", ["auto", "int8", "float32"])
@pytest.mark.parametrize("change", [on_a_grid, lambda model: model], ids=["held by four bits", "not held"])
def test_a_token_is_kept_in_the_precision_in_which_it_will_be(tmp_path, dtype, asked, change):
    library.path_in(tmp_path).touch()
    model = change(model_of(num_hidden_layers=3))
    model.save_pretrained(tmp_path / "small")
    options = parse(["--dtype", asked, "--cache-dir", str(tmp_path)], {})
    need = need_of(Source("small", str(tmp_path / "small")), replace(ON_CPU, dtype=dtype), options)
    plan = pack(model, asked, dtype, tmp_path)
    assert need.token * PAGE == page_bytes(model, plan.cache_dtype)


def test_packed_weights_are_made_beside_the_model_s_own(tmp_path):
    library.path_in(tmp_path).touch()
    model = on_a_grid(model_of())
    model.save_pretrained(tmp_path / "small")
    source = Source("small", str(tmp_path / "small"))
    needed = {
        asked: need_of(source, ON_CPU, parse(["--dtype", asked, "--cache-dir", str(tmp_path)], {})).weights
        for asked in ("float32", "auto", "int8")
    }
    assert needed["float32"] == 4 * model.num_parameters()
    assert needed["float32"] < needed["auto"] < needed["int8"] < 1.5 * needed["float32"]


def test_what_is_still_to_be_fetched_is_taken_to_be_held_as_it_is(tmp_path):
    library.path_in(tmp_path).touch()
    (tmp_path / "small").mkdir()
    model_of().config.save_pretrained(tmp_path / "small")
    options = parse(["--cache-dir", str(tmp_path)], {})
    need = need_of(Source("small", str(tmp_path / "small")), ON_CPU, options)
    assert need.weights == 4 * model_of().num_parameters()


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
