"""Votes: blind, changeable, committed once, kept over restarts."""

import asyncio

import pytest
from support.house import ANN, BEN, CEM, MO, House, act
from support.waiting import until

from bot.story.ballot import BallotState
from bot.story.manuscript import BallotId
from bot.workshop.errors import BallotOver, NoBallot, NoQuorum, NoSuchCandidate, NotAllowed


async def two_candidates(house: House):
    session = await house.start()
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    await house.workshop.writing.propose(act(BEN, session), "A bell.")
    house.passes(minutes=2)
    return session


async def test_the_last_vote_that_was_waited_for_closes_the_ballot(house: House) -> None:
    session = await two_candidates(house)
    first = await house.workshop.voting.vote(act(ANN, session), 2)
    assert await house.story(session) == []
    last = await house.workshop.voting.vote(act(BEN, session), 2)
    assert await house.story(session) == ["A bell."]
    assert (first.closed, last.closed) == (False, True)


async def test_a_vote_may_be_changed_until_the_close(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(ANN, session), 1)
    again = await house.workshop.voting.vote(act(ANN, session), 2)
    assert again.changed
    await house.workshop.voting.vote(act(BEN, session), 2)
    page = await house.workshop.desk.page("ballot:1")
    assert [choice.votes for choice in page.choices] == [0, 2]


async def test_everybody_who_votes_is_waited_for(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(CEM, session), 1)
    await house.workshop.voting.vote(act(ANN, session), 1)
    assert await house.story(session) == []
    await house.workshop.voting.vote(act(BEN, session), 2)
    assert await house.story(session) == ["A knock."]


async def test_none_of_these_winning_appends_nothing(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(ANN, session), 0)
    await house.workshop.voting.vote(act(BEN, session), 0)
    assert await house.story(session) == []
    with pytest.raises(NoBallot):
        await house.workshop.voting.vote(act(ANN, session), 1)


@pytest.mark.parametrize("choice", [-1, 3, 99])
async def test_a_number_without_candidate_is_refused(house: House, choice: int) -> None:
    session = await two_candidates(house)
    with pytest.raises(NoSuchCandidate):
        await house.workshop.voting.vote(act(ANN, session), choice)


async def test_the_opener_closes_once_quorum_is_met(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(CEM, session), 1)
    with pytest.raises(NoQuorum):
        await house.workshop.voting.close(act(ANN, session))
    await house.workshop.voting.vote(act(ANN, session), 1)
    closed = await house.workshop.voting.close(act(ANN, session))
    assert closed.winner == 1


async def test_others_do_not_close_and_a_moderator_does_any_time(house: House) -> None:
    session = await two_candidates(house)
    with pytest.raises(NotAllowed):
        await house.workshop.voting.close(act(BEN, session))
    closed = await house.workshop.voting.close(act(MO, session))
    assert closed.winner is None


async def test_two_who_close_at_the_same_moment_get_one_verdict(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(CEM, session), 2)
    first, second = await asyncio.gather(
        house.workshop.voting.close(act(MO, session), BallotId(1)),
        house.workshop.voting.close(act(MO, session), BallotId(1)),
    )
    assert first == second
    assert await house.story(session) == ["A bell."]


async def test_a_vote_on_a_closed_ballot_is_refused(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.close(act(MO, session))
    with pytest.raises(BallotOver):
        await house.workshop.voting.vote(act(ANN, session), 1, BallotId(1))


async def test_votes_and_deadlines_survive_a_restart(tmp_path) -> None:
    house = House(tmp_path / "story.db")
    async with house.opened():
        session = await two_candidates(house)
        await house.workshop.voting.vote(act(CEM, session), 2)
        await house.workshop.voting.vote(act(ANN, session), 2)
    house.passes(minutes=30)
    async with house.opened():
        await until(lambda: house.story(session))
        assert await house.story(session) == ["A bell."]


async def extended(house: House) -> bool:
    return (await house.workshop.desk.page("ballot:1")).ballot.extended


async def test_a_deadline_without_quorum_is_extended_once_and_then_decides(tmp_path) -> None:
    house = House(tmp_path / "story.db")
    async with house.opened():
        session = await two_candidates(house)
        await house.workshop.voting.vote(act(CEM, session), 2)
    house.passes(minutes=11)
    async with house.opened():
        await until(lambda: extended(house))
        assert (await house.workshop.desk.page("ballot:1")).ballot.state is BallotState.OPEN
    house.passes(minutes=11)
    async with house.opened():
        await until(lambda: house.story(session))
        assert await house.story(session) == ["A bell."]


async def test_a_tie_is_drawn_and_said_to_be(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.vote(act(ANN, session), 1)
    await house.workshop.voting.vote(act(BEN, session), 2)
    page = await house.workshop.desk.page("ballot:1")
    assert page.ballot.drawn
    assert len(await house.story(session)) == 1


async def test_origins_show_once_it_is_over(house: House) -> None:
    session = await two_candidates(house)
    await house.workshop.voting.close(act(MO, session))
    page = await house.workshop.desk.page("ballot:1")
    assert [choice.by for choice in page.choices] == ["Ann", "Ben"]
