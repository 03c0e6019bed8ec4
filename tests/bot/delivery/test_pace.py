"""How long delivery waits after faults."""

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.pace import Pace

PACE = Pace(first=1, longest=8)


def test_waits_double_until_they_are_long_enough():
    assert [PACE.delay(failures, jitter=0) for failures in range(1, 7)] == [1, 2, 4, 8, 8, 8]


def test_a_level_lasts_from_the_longest_wait_on():
    assert [PACE.level(failures) for failures in range(1, 7)] == [0, 1, 2, 3, 3, 3]


@given(st.integers(1, 100_000), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_longer_than_the_longest_nor_shorter_than_half_the_first(failures, jitter):
    assert 0.5 <= PACE.delay(failures, jitter) <= 8
