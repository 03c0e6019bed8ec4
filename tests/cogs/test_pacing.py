import pytest

from cogs.pacing import LEAST, EditPace


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return EditPace(clock)


def headers(remaining, resets_in):
    return {"X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset-After": str(resets_in)}


def test_a_channel_nobody_edited_waits_the_least(pace):
    assert pace.pause("1") == LEAST


def test_what_is_left_is_spread_evenly(pace):
    pace.note("1", headers(2, 4.0))
    assert pace.pause("1") == 2.0
    assert pace.pause("2") == LEAST


def test_an_empty_budget_waits_until_it_is_full_again(pace, clock):
    pace.note("1", headers(0, 5.0))
    assert pace.pause("1") == 5.0
    clock.time += 5
    assert pace.pause("1") == LEAST


def test_plenty_is_not_spent_faster_than_one_reads(pace):
    pace.note("1", headers(100, 5.0))
    assert pace.pause("1") == LEAST


def test_an_answer_without_headers_tells_nothing(pace):
    pace.note("1", headers(1, 4.0))
    pace.note("1", {})
    pace.note("1", {"X-RateLimit-Remaining": "many", "X-RateLimit-Reset-After": "soon"})
    assert pace.pause("1") == 4.0
