"""The tree of passages, who may change it, and its credits."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.samples import a_passage

from bot.story.credits import credits
from bot.story.manuscript import (
    BallotId,
    Origin,
    Passage,
    branch,
    may_undo,
    title_from,
)
from bot.story.people import Member


def passage(number: int, parent: int | None, text: str = "One two three.", **changes) -> Passage:
    return a_passage(text, number, parent=parent, how=None, **changes)


@st.composite
def trees(draw) -> list[Passage]:
    size = draw(st.integers(1, 30))
    return [passage(n, draw(st.one_of(st.none(), st.integers(0, n - 1))) if n else None) for n in range(size)]


@given(trees(), st.data())
def test_a_branch_runs_from_a_root_to_its_head_along_parents(tree: list[Passage], data) -> None:
    head = data.draw(st.sampled_from(tree))
    path = branch(tree, head.id)
    assert path[-1] == head
    assert path[0].parent is None
    assert all(child.parent == parent.id for parent, child in pairwise(path))


def test_no_head_no_story() -> None:
    assert branch([], None) == []


ANN, BEN = Member("ann", "Ann"), Member("ben", "Ben")


@pytest.mark.parametrize(
    ("newest", "by", "allowed"),
    [
        (passage(1, None), ANN, True),
        (passage(1, None), BEN, False),
        (passage(1, None), Member("mo", "Mo", moderator=True), True),
        (passage(1, None, origin=Origin.MODEL), ANN, True),
        (passage(1, None, origin=Origin.MODEL, chosen_by=BallotId(4)), ANN, False),
    ],
)
def test_who_may_take_back_the_newest_passage(newest: Passage, by: Member, allowed: bool) -> None:
    assert may_undo(newest, by) is allowed


@given(st.text(max_size=300))
def test_a_title_is_one_short_line(premise: str) -> None:
    title = title_from(premise)
    assert 0 < len(title) <= 60
    assert "\n" not in title


def test_a_title_is_cut_at_a_word() -> None:
    premise = "A lighthouse keeper who has not slept for a week finds a door in the sea and opens it."
    assert title_from(premise) == "A lighthouse keeper who has not slept for a week finds a…"


def test_credits_count_words_and_put_people_first() -> None:
    story = [
        passage(1, None, origin=Origin.MODEL, text="a b c d e f"),
        passage(2, 1, text="a b"),
        passage(3, 2, author="ben", author_name="Ben", text="a b c"),
        passage(4, 3, author_name="Annie", text="a b"),
    ]
    assert [(share.name, share.passages, share.words) for share in credits(story)] == [
        ("Annie", 2, 4),
        ("Ben", 1, 3),
        ("the model", 1, 6),
    ]
