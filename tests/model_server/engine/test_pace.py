import pytest

from model_server.engine.pace import Breath, Pace
from model_server.engine.schedule import Job, Schedule


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def schedule():
    """Two rows, both given away, and three jobs that wait."""
    schedule = Schedule(rows=2, queue=20, chunk=8)
    for _ in range(5):
        schedule.add(Job(3, 1))
    schedule.next_step()
    return schedule


@pytest.fixture
def pace(schedule, clock):
    pace = Pace(schedule, lambda: clock[0])
    for job in schedule.jobs[:2]:
        pace.began(job)
    return pace


def test_before_anything_is_measured_what_runs_is_taken_to_be_at_its_half(pace, schedule, clock):
    clock[0] = 5.0
    assert pace.wait(schedule.jobs[2]) == 1 * 10.0 / 2
    assert pace.wait(schedule.jobs[4]) == 3 * 10.0 / 2
    assert pace.wait(schedule.jobs[0]) == 0


def test_a_wait_is_told_by_how_long_rows_were_kept(pace, schedule, clock):
    clock[0] = 4.0
    pace.freed(schedule.jobs[0])
    assert pace.wait_now() == 4 * 4.0 / 2
    assert pace.retry_after("") == 2


def test_the_newest_measurement_counts_a_fifth(pace, schedule, clock):
    for clock[0], job in zip((10.0, 20.0), schedule.jobs[:2], strict=False):
        pace.freed(job)
    assert pace.wait(schedule.jobs[2]) == pytest.approx((10 + 0.2 * 10) / 2)


def test_with_rows_free_nobody_waits():
    assert Pace(Schedule(rows=2, queue=2, chunk=8)).wait_now() == 0


@pytest.mark.parametrize(("speed", "tokens"), [(10_000, 256), (2_000, 128), (700, 32), (20, 32)])
def test_as_much_is_read_at_once_as_the_others_can_wait_for(speed, tokens):
    breath = Breath(256)
    breath.note(256, 256 / speed)
    assert breath.tokens == tokens


def test_a_small_chunk_stays_as_it_is():
    breath = Breath(16)
    breath.note(16, 3.0)
    assert breath.tokens == 16
