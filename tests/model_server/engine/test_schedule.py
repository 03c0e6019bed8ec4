import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.interface import QueueFull, TooManyCandidates
from model_server.engine.schedule import Job, Schedule

jobs = st.lists(
    st.builds(Job, prompt_tokens=st.integers(1, 40), candidates=st.integers(1, 4)), min_size=1, max_size=12
)


def run(schedule, lengths):
    """Work until nothing is left; give the order in which jobs began to be read, and every step."""
    begun, steps = [], []
    left = {}
    while (step := schedule.next_step()) is not None:
        steps.append(step)
        if step.chunk:
            begun += [step.chunk.job] if step.chunk.start == 0 else []
            schedule.has_read(step.chunk)
        for seat in step.seats:
            key = (seat.job, seat.candidate)
            left[key] = left.get(key, lengths) - 1
            if not left[key]:
                schedule.leave(seat.job, seat.candidate)
    return begun, steps


@given(jobs, st.integers(1, 5))
def test_everyone_has_their_turn_in_the_order_of_coming(jobs, length):
    schedule = Schedule(rows=4, queue=100, chunk=8)
    for job in jobs:
        schedule.add(job)
    begun, _ = run(schedule, length)
    assert begun == jobs
    assert sorted(schedule.free) == [0, 1, 2, 3]
    assert not schedule.running and not schedule.waiting


@given(jobs)
def test_no_row_is_given_to_two_at_once(jobs):
    schedule = Schedule(rows=4, queue=100, chunk=8)
    for job in jobs:
        schedule.add(job)
    _, steps = run(schedule, 3)
    for step in steps:
        rows = [seat.row for seat in step.seats]
        assert len(set(rows)) == len(rows)
        assert step.chunk is None or step.chunk.row not in rows


@given(jobs, st.data())
def test_whoever_leaves_at_any_moment_leaves_nothing_behind(jobs, data):
    schedule = Schedule(rows=4, queue=100, chunk=8)
    for job in jobs:
        schedule.add(job)
    for job in data.draw(st.permutations(jobs)):
        step = schedule.next_step()
        if step and step.chunk and data.draw(st.booleans()):
            schedule.has_read(step.chunk)
        assert schedule.drop(job)
        assert not schedule.drop(job)
    assert sorted(schedule.free) == [0, 1, 2, 3]
    assert schedule.next_step() is None


def test_a_long_prompt_is_read_in_chunks_beside_those_who_write():
    schedule = Schedule(rows=2, queue=2, chunk=8)
    short, long = Job(2, 1), Job(20, 1)
    schedule.add(short)
    schedule.has_read(schedule.next_step().chunk)
    schedule.add(long)
    chunks = []
    for _ in range(3):
        step = schedule.next_step()
        chunks.append((step.chunk.start, step.chunk.end, step.chunk.last))
        assert [seat.job for seat in step.seats] == [short]
        schedule.has_read(step.chunk)
    assert chunks == [(0, 8, False), (8, 16, False), (16, 20, True)]


def test_a_job_for_many_rows_is_not_overtaken_by_a_small_one():
    schedule = Schedule(rows=4, queue=4, chunk=8)
    first, wide, small = Job(1, 2), Job(1, 4), Job(1, 1)
    for job in (first, wide, small):
        schedule.add(job)
    schedule.next_step()
    assert [schedule.position(job) for job in (first, wide, small)] == [0, 1, 2]


def test_a_full_queue_says_when_to_come_again():
    schedule = Schedule(rows=1, queue=1, chunk=8)
    schedule.add(Job(1, 1))
    schedule.next_step()
    schedule.add(Job(1, 1))
    with pytest.raises(QueueFull) as full:
        schedule.add(Job(1, 1))
    assert (full.value.waiting, full.value.retry_after) == (1, 1)


def test_more_candidates_than_rows_never_wait():
    with pytest.raises(TooManyCandidates):
        Schedule(rows=2, queue=1, chunk=8).add(Job(1, 3))


def test_the_bookkeeping_knows_no_tensors():
    script = "import sys, model_server.engine.memory, model_server.engine.schedule, model_server.app; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
