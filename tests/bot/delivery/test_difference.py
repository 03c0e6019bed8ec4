"""The steps from what a place shows to what a page looks like."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.difference import Delete, Edit, Post, steps
from bot.workshop.records import Shown

STANDS = Shown("passage:1", 0, "thread", "m1", "old", datetime(2026, 3, 1, tzinfo=UTC))


def shown(part: int, look: str) -> Shown:
    return replace(STANDS, part=part, message=f"m{part}", fingerprint=look)


def test_a_new_page_is_posted_part_by_part():
    assert list(steps(["a", "b"], [])) == [Post(0), Post(1)]


def test_a_message_that_looks_right_is_left_alone():
    assert list(steps(["old"], [STANDS])) == []


def test_a_message_that_looks_otherwise_is_edited():
    assert list(steps(["new"], [STANDS])) == [Edit(STANDS, "m1")]


def test_surplus_messages_go_last_to_first():
    first, second, third = shown(0, "a"), shown(1, "b"), shown(2, "c")
    assert list(steps(["a"], [first, second, third])) == [Delete(third), Delete(second)]


def test_what_a_person_deleted_is_neither_sent_nor_deleted_again():
    gone = replace(STANDS, gone=True)
    assert list(steps(["new"], [gone])) == []
    assert list(steps([], [gone])) == []


def test_an_attempt_that_left_nothing_is_posted_again():
    attempt = replace(STANDS, message=None)
    assert list(steps(["new"], [attempt])) == [Post(0, earlier=attempt)]


@given(st.lists(st.sampled_from("ab"), max_size=4), st.lists(st.sampled_from("ab"), max_size=4))
def test_the_steps_level_any_difference(looks: list[str], before: list[str]):
    standing = {part: look for part, look in enumerate(before)}
    for step in steps(looks, [shown(part, look) for part, look in enumerate(before)]):
        match step:
            case Post(part):
                standing[part] = looks[part]
            case Edit(one):
                standing[one.part] = looks[one.part]
            case Delete(one):
                del standing[one.part]
    assert [standing[part] for part in sorted(standing)] == looks
