import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.interface import QueueFull, TooManyCandidates
from model_server.engine.schedule import LEAD, Job, Schedule

CLIENTS = ("ann", "ben", "cat")

jobs = st.lists(
    st.builds(
        Job,
        prompt_tokens=st.integers(1, 40),
        candidates=st.integers(1, 4),
        client=st.sampled_from(CLIENTS),
    ),
    min_size=1,
    max_size=12,
)


class House:
    """A schedule, and what its engine would do: each candidate writes so many tokens."""

    def __init__(self, rows=4, queue=100, chunk=8, length=3):
        self.schedule = Schedule(rows, queue, chunk)
        self.length = length
        self.written = Counter()
        self.begun = []

    def add(self, *jobs):
        for job in jobs:
            self.schedule.add(job)
        return jobs

    def step(self):
        """Do one step; give it, or None where there is nothing to do."""
        step = self.schedule.next_step()
        if step is None:
            return None
        self._check(step)
        if step.chunk:
            self._read(step.chunk)
        for seat in step.seats:
            self._write(seat)
        return step

    def run(self):
        steps = []
        while (step := self.step()) is not None:
            steps.append(step)
        return steps

    def rows_of(self, client):
        return sum(len(job.rows) for job in self.schedule.jobs if job.client == client)

    def _check(self, step):
        rows = [seat.row for seat in step.seats]
        assert len(set(rows)) == len(rows)
        assert step.chunk is None or step.chunk.row not in rows
        seated = [row for job in self.schedule.jobs for row in job.rows.values()]
        assert sorted(seated + self.schedule.free) == list(range(self.schedule.rows))

    def _read(self, chunk):
        if chunk.job not in self.begun:
            self.begun.append(chunk.job)
        seats = self.schedule.beginners(chunk.job)
        fresh = not self.written[chunk.job, chunk.candidate]
        self.schedule.has_read(chunk)
        if chunk.last and fresh:
            for seat in seats:
                self._write(seat)

    def _write(self, seat):
        key = (seat.job, seat.candidate)
        self.written[key] += 1
        self.schedule.has_written(seat.job, seat.candidate, self.written[key])
        if self.written[key] == self.length:
            self.schedule.leave(seat.job, seat.candidate)


@given(jobs, st.integers(1, 5))
def test_every_candidate_is_written_to_its_end(jobs, length):
    house = House(length=length)
    house.add(*jobs)
    house.run()
    assert all(house.written[job, at] == length for job in jobs for at in range(job.candidates))
    assert sorted(house.schedule.free) == [0, 1, 2, 3]
    assert not house.schedule.jobs


@given(jobs, st.data())
def test_whoever_comes_or_leaves_at_any_moment_leaves_nothing_behind(jobs, data):
    house = House()
    for job in jobs:
        house.add(job)
        if data.draw(st.booleans()):
            house.step()
    for job in data.draw(st.permutations(jobs)):
        house.step()
        still_there = bool(job.lines)
        assert house.schedule.drop(job) == still_there
        assert not house.schedule.drop(job)
    assert sorted(house.schedule.free) == [0, 1, 2, 3]
    assert house.schedule.next_step() is None


@given(st.lists(st.builds(Job, st.integers(1, 40), st.integers(1, 4)), min_size=1, max_size=12))
def test_one_client_s_jobs_begin_in_the_order_of_coming_and_nobody_is_paused(jobs):
    house = House(chunk=64)
    house.add(*jobs)
    steps = house.run()
    assert house.begun == jobs
    assert not any(step.pauses for step in steps)


def test_a_long_prompt_is_read_in_chunks_beside_those_who_write():
    house = House(rows=2, length=9)
    short, long = Job(2, 1), Job(20, 1)
    house.add(short)
    house.step()
    house.add(long)
    steps = [house.step() for _ in range(3)]
    assert [(s.chunk.start, s.chunk.end, s.chunk.last) for s in steps] == [
        (0, 8, False), (8, 16, False), (16, 20, True),
    ]  # fmt: skip
    assert all([seat.job for seat in step.seats] == [short] for step in steps)


def test_who_has_all_rows_and_writes_already_reads_in_smaller_pieces():
    house = House(rows=2, chunk=8, length=50)
    house.schedule.breath = 4
    house.add(Job(9, 1, "ann"))
    assert [house.step().chunk.end for _ in range(2)] == [8, 9]
    house.add(Job(20, 1, "ann"))
    assert house.step().chunk.end == 4
    house.schedule.leave(house.schedule.jobs[0], 0)
    assert house.step().chunk.end == 12


def test_a_newcomer_who_gets_a_row_is_noticed_and_one_who_does_not_is_not():
    house = House(rows=2, length=50)
    house.add(Job(9, 2, "ann"))
    house.step()
    assert not house.schedule.newcomer()
    house.add(Job(9, 1, "ben"))
    assert house.schedule.newcomer()
    house.step()
    house.add(Job(9, 1, "cat"))
    assert not house.schedule.newcomer()


def test_a_newcomer_s_prompt_is_read_before_those_of_one_who_writes_already():
    house = House(rows=4, length=50)
    house.add(Job(8, 1, "ann"), Job(400, 1, "ann"))
    house.step()
    [new] = house.add(Job(40, 1, "ben"))
    assert [house.step().chunk.job for _ in range(5)] == [new] * 5


def test_but_not_without_end():
    house = House(rows=4, length=50, chunk=256)
    ann = house.add(Job(8, 1, "ann"), Job(40_000, 1, "ann"))[1]
    house.step()
    [new] = house.add(Job(40_000, 1, "ben"))
    read = Counter(house.step().chunk.job for _ in range(80))
    assert abs(read[new] - read[ann]) <= LEAD / 256 + 1


def test_a_short_prompt_does_not_wait_behind_a_long_one():
    house = House()
    long, short = house.add(Job(800, 1), Job(10, 1))
    chunks = [house.step().chunk.job for _ in range(4)]
    assert chunks == [long, short, long, short]


def test_a_job_for_many_rows_takes_those_that_are_free_and_the_others_as_they_come():
    house = House()
    first, wide, small = house.add(Job(1, 2), Job(1, 4), Job(1, 1))
    house.step()
    assert [len(job.rows) for job in (first, wide, small)] == [2, 2, 0]
    assert [house.schedule.position(job) for job in (first, wide, small)] == [0, 0, 1]
    house.run()
    assert house.written[wide, 3] == house.length


def test_a_newcomer_begins_at_once_in_a_row_of_one_who_has_them_all():
    house = House(length=50)
    *_, newest = house.add(*(Job(3, 1, "flood") for _ in range(24)))[:4]
    for _ in range(8):
        house.step()
    [new] = house.add(Job(3, 1, "new"))
    step = house.step()
    assert [(pause.job, pause.held) for pause in step.pauses] == [(newest, 3 + 4)]
    assert step.chunk.job is new
    assert house.rows_of("flood") == 3


def test_who_was_paused_goes_on_before_what_came_later_and_reads_its_own_text_again():
    house = House(length=10)
    flood = house.add(*(Job(3, 1, "flood") for _ in range(6)))
    for _ in range(6):
        house.step()
    house.add(Job(3, 1, "new"))
    chunks = [step.chunk for step in house.run() if step.chunk]
    assert [chunk.job for chunk in chunks[1:]] == [flood[3], flood[4], flood[5]]
    assert (chunks[1].start, chunks[1].end, chunks[1].due) == (0, 3 + 2, 3 + 2)
    assert house.written[flood[3], 0] == 10


def test_clients_come_to_have_equally_many_rows():
    house = House(rows=6, length=200)
    house.add(*(Job(3, 2, "ann") for _ in range(9)))
    house.step()
    house.add(Job(3, 4, "ben"), Job(3, 1, "cat"))
    house.step()
    assert [house.rows_of(client) for client in CLIENTS] == [3, 2, 1]


@given(jobs)
def test_pausing_comes_to_rest(jobs):
    house = House(length=1000)
    house.add(*jobs)
    house.step()
    assert not house.schedule.next_step().pauses


def test_where_rows_are_too_few_for_all_who_has_had_least_is_next():
    house = House(rows=1, length=4)
    house.add(Job(40, 1, "ann"), Job(1, 1, "ann"), Job(1, 1, "ann"), Job(1, 1, "ben"))
    house.run()
    assert [job.client for job in house.begun] == ["ann", "ben", "ann", "ann"]


def test_a_full_queue_turns_away_whoever_has_most_in_it():
    house = House(rows=1, queue=8)
    house.add(*(Job(1, 1, "ann") for _ in range(1)))
    house.step()
    for _ in range(6):
        house.add(Job(1, 1, "ann"))
    with pytest.raises(QueueFull) as full:
        house.add(Job(1, 1, "ann"))
    assert full.value.waiting == 6
    house.add(Job(1, 1, "ben"))


def test_more_candidates_than_rows_never_wait():
    with pytest.raises(TooManyCandidates):
        Schedule(rows=2, queue=1, chunk=8).add(Job(1, 3))


def test_the_bookkeeping_knows_no_tensors():
    script = "import sys, model_server.engine.pages, model_server.engine.pace, model_server.app; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
