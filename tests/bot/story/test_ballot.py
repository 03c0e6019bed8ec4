"""The laws of a vote."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.story.ballot import (
    NONE_OF_THESE,
    Ballot,
    BallotState,
    Closing,
    Vote,
    closing,
    may_close,
    next_look,
    quorum,
    tally,
    tied,
)
from bot.story.manuscript import BallotId, SessionId
from bot.story.people import Member

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPEN = Ballot(
    id=BallotId(1),
    session=SessionId(1),
    parent=None,
    opener="ann",
    state=BallotState.OPEN,
    opened=NOW,
    closes=NOW + timedelta(minutes=10),
)

choices = st.lists(st.integers(0, 8), max_size=30).map(
    lambda chosen: [Vote(f"member-{index}", choice) for index, choice in enumerate(chosen)]
)


@pytest.mark.parametrize(
    ("active", "needed"), [(0, 1), (1, 1), (2, 2), (3, 2), (6, 2), (7, 3), (10, 3), (11, 4), (100, 30)]
)
def test_the_quorum_of_a_circle(active: int, needed: int) -> None:
    assert quorum(active) == needed


@given(st.integers(1, 1000))
def test_a_quorum_can_always_be_met(active: int) -> None:
    assert 1 <= quorum(active) <= active


@pytest.mark.parametrize(
    ("candidate", "minutes"),
    [(None, 10), (0, 1), (-2, 10), (9.5, 10)],
    ids=["none", "now", "settled", "last"],
)
def test_a_ballot_that_waits_is_looked_at_when_its_late_candidate_has_settled(
    candidate: float | None, minutes: int
) -> None:
    late = None if candidate is None else NOW + timedelta(minutes=candidate)
    again = next_look(replace(OPEN, latest_candidate=late), NOW)
    assert again == NOW + timedelta(minutes=minutes)


@given(choices, st.integers(0, 1 << 30))
def test_the_winner_has_as_many_votes_as_anybody(votes: list[Vote], lot: int) -> None:
    verdict = tally(votes, lot)
    counts = dict(verdict.counts)
    if verdict.winner is None:
        assert not votes or counts[NONE_OF_THESE] == max(counts.values())
    else:
        assert counts[verdict.winner] == max(counts.values())


@given(choices, st.integers(0, 1 << 30))
def test_every_vote_is_counted_once(votes: list[Vote], lot: int) -> None:
    assert sum(count for _, count in tally(votes, lot).counts) == len(votes)


@given(choices)
def test_each_of_the_tied_can_win_and_nobody_else(votes: list[Vote]) -> None:
    leaders = tied(votes)
    winners = {tally(votes, lot).winner for lot in range(len(leaders) or 1)}
    assert winners == ({None} if leaders in ((), (NONE_OF_THESE,)) else set(leaders))


@given(choices, st.integers(0, 1 << 30), st.randoms())
def test_the_order_of_votes_does_not_matter(votes: list[Vote], lot: int, random) -> None:
    shuffled = list(votes)
    random.shuffle(shuffled)
    assert tally(shuffled, lot) == tally(votes, lot)


def test_a_candidate_beats_none_of_these_at_a_tie() -> None:
    assert tally([Vote("ann", 0), Vote("ben", 2)], lot=7).winner == 2


def test_a_drawn_winner_says_from_whom_it_was_drawn() -> None:
    assert tally([Vote("ann", 1), Vote("ben", 2)], lot=1).drawn_from == (1, 2)


def test_no_votes_choose_nothing() -> None:
    assert tally([], lot=3).winner is None


def test_it_waits_for_somebody_active_who_has_not_voted() -> None:
    assert closing(OPEN, [Vote("ann", 1), Vote("ben", 1)], ["ann", "ben", "cem"], NOW) is Closing.WAIT


def test_it_closes_when_everybody_active_has_voted() -> None:
    assert closing(OPEN, [Vote("ann", 1), Vote("ben", 2)], ["ann", "ben"], NOW) is Closing.CLOSE


def test_it_does_not_close_within_a_minute_of_a_late_candidate() -> None:
    late = replace(OPEN, latest_candidate=NOW)
    votes = [Vote("ann", 1), Vote("ben", 2)]
    assert closing(late, votes, ["ann", "ben"], NOW + timedelta(seconds=59)) is Closing.WAIT
    assert closing(late, votes, ["ann", "ben"], NOW + timedelta(seconds=60)) is Closing.CLOSE


def test_a_deadline_without_quorum_is_extended_once() -> None:
    due = NOW + timedelta(minutes=10)
    assert closing(OPEN, [Vote("ann", 1)], ["ann", "ben"], due) is Closing.EXTEND
    assert closing(replace(OPEN, extended=True), [Vote("ann", 1)], ["ann", "ben"], due) is Closing.CLOSE


@given(choices, st.lists(st.text(max_size=3), max_size=10), st.booleans())
def test_a_deadline_never_waits(votes: list[Vote], active: list[str], extended: bool) -> None:
    ballot = replace(OPEN, extended=extended)
    assert closing(ballot, votes, active, NOW + timedelta(minutes=10)) is not Closing.WAIT


@pytest.mark.parametrize(
    ("member", "votes", "allowed"),
    [
        (Member("ann", "Ann"), 1, False),
        (Member("ann", "Ann"), 2, True),
        (Member("ben", "Ben"), 9, False),
        (Member("mo", "Mo", moderator=True), 0, True),
    ],
)
def test_who_may_close(member: Member, votes: int, allowed: bool) -> None:
    assert may_close(OPEN, member, votes, needed=2) is allowed
