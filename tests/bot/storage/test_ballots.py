from datetime import timedelta

import pytest

from bot.story.ballot import NONE_OF_THESE, BallotState, Vote
from bot.workshop.errors import StoreBroken


@pytest.fixture
async def ballot(tx, session):
    return await tx.ballots.add(session.id, None, "1")


@pytest.fixture
async def drafted(tx, session, ballot, write, moment):
    """Three passages that stand unnumbered in the ballot."""
    passages = [await write(tx, session, text=text) for text in ("one", "two", "three")]
    for minute, passage in enumerate(passages):
        await tx.ballots.add_candidate(ballot.id, passage.id, None, moment + timedelta(minutes=minute))
    return passages


@pytest.fixture
async def opened(tx, ballot, drafted, moment):
    one, two, three = drafted
    closes = moment + timedelta(hours=1)
    assert await tx.ballots.open(ballot.id, [three.id, one.id, two.id], moment, closes)
    return await tx.ballots.get(ballot.id)


async def test_a_ballot_begins_as_a_draft_and_is_the_current_one(tx, session, ballot):
    assert ballot.state is BallotState.DRAFT
    assert await tx.ballots.get(ballot.id) == ballot == await tx.ballots.current(session.id)


async def test_candidates_of_a_draft_come_by_age(tx, ballot, drafted):
    candidates = await tx.ballots.candidates(ballot.id)
    assert [passage for _, passage in candidates] == drafted
    assert {candidate.number for candidate, _ in candidates} == {None}


async def test_opening_numbers_the_candidates_in_the_given_order(tx, opened, moment):
    candidates = await tx.ballots.candidates(opened.id)
    assert [(candidate.number, passage.text) for candidate, passage in candidates] == [
        (1, "three"),
        (2, "one"),
        (3, "two"),
    ]
    assert (opened.state, opened.opened, opened.latest_candidate) == (BallotState.OPEN, moment, None)


async def test_a_ballot_opens_once(tx, opened, moment):
    assert not await tx.ballots.open(opened.id, [], moment, moment)


async def test_a_late_candidate_is_noted_with_its_time(tx, session, opened, write, moment):
    late = moment + timedelta(minutes=9)
    await tx.ballots.add_candidate(opened.id, (await write(tx, session)).id, 4, late)
    found = await tx.ballots.get(opened.id)
    assert found is not None and found.latest_candidate == late


async def test_a_number_is_given_once(tx, session, opened, write, moment):
    passage = await write(tx, session)
    with pytest.raises(StoreBroken):
        await tx.ballots.add_candidate(opened.id, passage.id, 3, moment)


async def test_settling_happens_once(tx, session, opened, drafted):
    winner = drafted[1].id
    settle = opened.id, BallotState.OPEN, BallotState.COMMITTED
    assert await tx.ballots.settle(*settle, winner=winner, drawn=True)
    assert not await tx.ballots.settle(opened.id, BallotState.OPEN, BallotState.CANCELLED)
    found = await tx.ballots.get(opened.id)
    assert found is not None and (found.state, found.winner, found.drawn) == (
        BallotState.COMMITTED,
        winner,
        True,
    )
    assert await tx.ballots.current(session.id) is None


async def test_only_a_candidate_wins(tx, session, opened, write):
    stranger = await write(tx, session)
    with pytest.raises(StoreBroken):
        await tx.ballots.settle(opened.id, BallotState.OPEN, BallotState.COMMITTED, winner=stranger.id)


async def test_an_open_ballot_is_extended_once(tx, opened, moment):
    later = moment + timedelta(hours=2)
    assert await tx.ballots.extend(opened.id, later)
    assert not await tx.ballots.extend(opened.id, later + timedelta(hours=1))
    found = await tx.ballots.get(opened.id)
    assert found is not None and (found.closes, found.extended) == (later, True)


async def test_a_draft_is_not_extended(tx, ballot, moment):
    assert not await tx.ballots.extend(ballot.id, moment)


async def test_a_session_has_one_current_ballot(tx, session, ballot):
    with pytest.raises(StoreBroken):
        await tx.ballots.add(session.id, None, "2")


async def test_a_vote_can_be_changed_and_counts_once(tx, opened, moment):
    assert not await tx.ballots.vote(opened.id, "1", 2, moment)
    assert not await tx.ballots.vote(opened.id, "1", 2, moment)
    assert await tx.ballots.vote(opened.id, "1", NONE_OF_THESE, moment)
    assert not await tx.ballots.vote(opened.id, "2", 1, moment)
    assert await tx.ballots.votes(opened.id) == [Vote("1", NONE_OF_THESE), Vote("2", 1)]
