"""Guesses from a text's own past, what they would have brought, and what that is worth."""

from itertools import pairwise

import pytest

from benchmarks.speculation import Found, table
from benchmarks.speculation_lookup import LONGEST_REST, Lookup, Step, agreeing, gain, steps

REFRAIN = [1, 2, 3, 4, 5, 6]


def test_what_came_after_the_last_two_tokens_is_guessed():
    assert Lookup([*REFRAIN, 9, 1, 2]).guess(3) == [3, 4, 5]


def test_the_longest_earlier_place_is_taken_and_of_those_the_latest():
    assert Lookup([7, 1, 2, 30, 8, 1, 2, 40, 7, 1, 2]).guess(1) == [30]
    assert Lookup([7, 1, 2, 30, 8, 1, 2, 40, 9, 1, 2]).guess(1) == [40]


def test_nothing_is_guessed_after_what_never_stood_before():
    assert Lookup([1, 2, 3]).guess(5) == []
    assert Lookup([]).guess(5) == []


def test_a_refrain_is_written_in_fewer_steps_than_it_has_tokens():
    assert list(steps(REFRAIN, REFRAIN, 3, careful=False)) == [Step(0, 0), Step(0, 0), Step(3, 3)]


def test_a_step_with_a_wrong_guess_brings_one_token():
    assert list(steps([1, 2, 3, 1, 2], [4], 3, careful=False)) == [Step(3, 0)]


def test_whoever_is_careful_guesses_less_and_less_after_failing():
    prompt = [1, 1, 2, 9]
    written = [number for at in range(100, 200) for number in (1, 1, at)]
    taken = list(steps(prompt, written, 2, careful=True))
    places = [at for at, step in enumerate(taken) if step.guessed]
    assert not any(step.right for step in taken)
    assert max(after - before for before, after in pairwise(places)) > LONGEST_REST
    assert len(places) < sum(step.guessed > 0 for step in steps(prompt, written, 2, careful=False)) / 4


def test_agreeing_ends_at_the_first_other_token():
    assert agreeing([1, 2, 3], [1, 2, 4]) == 2
    assert agreeing([1, 2, 3], [1]) == 1


def test_guesses_that_are_right_pay_where_checking_them_is_cheap():
    taken = [Step(2, 2), Step(0, 0)]
    assert gain(taken, [1.0, 1.0, 1.0], rows=1) == pytest.approx(2)
    assert gain(taken, [1.0, 2.0, 3.0], rows=1) == pytest.approx(1)
    assert gain(taken, [1.0, 1.0, 4.0], rows=8) == pytest.approx(2)


def test_the_table_tells_each_kind_and_how_it_guesses():
    found = Found("sonnet", 5, True, 960, guessing=0.1, right=0.06, alone=1.04, together=0.99)
    assert table([found], 8).splitlines()[1].split() == [
        "sonnet", "960", "careful", "≤", "5", "10.0%", "0.060", "1.04", "0.99",
    ]  # fmt: skip
