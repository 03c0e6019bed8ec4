import sys
from dataclasses import replace
from threading import Thread

import psutil
import pytest

from model_server.findings import Level
from model_server.machine import Accelerator, Machine, describe, free_memory, give_back_memory, this_machine

QUIET = Machine("a CPU", cores=4, instructions=("avx2",), free=8_000_000_000, busy=0.2)


def told(machine, compiled=False, compiler="/usr/bin/c++"):
    return {finding.subject: finding for finding in describe(machine, compiled, compiler)}


def test_this_machine_has_a_processor_and_memory():
    machine = this_machine()
    assert machine.cores >= 1
    assert machine.free > 0
    assert {finding.subject for finding in describe(machine, compiled=True, compiler=None)} >= {
        "processor",
        "memory",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps so much")
def test_what_was_freed_is_given_back_though_something_newer_is_still_there():
    kept = []

    def work():
        pieces = [bytearray(50_000) for _ in range(1000)]
        kept.append(bytearray(50_000))
        pieces.clear()

    worker = Thread(target=work)
    worker.start()
    worker.join()
    before = psutil.Process().memory_info().rss
    give_back_memory()
    assert before - psutil.Process().memory_info().rss > 20_000_000


def test_a_quiet_machine_with_a_compiler_has_nothing_to_mend():
    assert all(finding.level is Level.OK for finding in told(QUIET).values())


def test_others_at_work_are_named_since_they_spoil_the_figures():
    finding = told(replace(QUIET, busy=3.5))["processor"]
    assert finding.level is Level.MEND
    assert "3.5 of the cores busy" in finding.seen


def test_without_a_compiler_it_is_said_what_that_costs_and_how_to_get_one():
    finding = told(QUIET, compiler=None)["compiler"]
    assert finding.level is Level.MEND
    assert "several times slower" in finding.seen
    assert "g++" in finding.remedy


def test_what_is_compiled_already_needs_no_compiler():
    assert told(QUIET, compiled=True, compiler=None)["compiler"].level is Level.OK


def test_an_accelerator_is_told_of_with_its_memory():
    findings = told(
        replace(QUIET, accelerators=(Accelerator("cuda:0, a GPU", 20_000_000_000, 24_000_000_000),))
    )
    assert findings["accelerator"].seen == "cuda:0, a GPU, 20.0 GB of 24.0 GB free"
    assert "compiler" not in findings


@pytest.mark.parametrize(
    ("limit", "free"), [("1000000", 1_000_000 - 700_000 + 200_000), ("max", None), (None, None)]
)
def test_a_container_with_a_limit_leaves_what_is_below_it(tmp_path, limit, free):
    (tmp_path / "memory.current").write_text("700000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\ninactive_file 200000\n")
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
    found = free_memory(tmp_path)
    assert found == free if free else found > 1_000_000
