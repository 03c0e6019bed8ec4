"""What people write, and taking it back."""

import asyncio

import pytest
from support.house import ANN, BEN, CEM, MO, House, act
from support.waiting import until

from bot.story.manuscript import AiMode, SessionState
from bot.workshop.acts import Act
from bot.workshop.errors import (
    BeingDrafted,
    EmptyText,
    ModelIsSilent,
    NeedsConfirmation,
    NoSessionHere,
    NoSuchPreset,
    NotAllowed,
    NothingToUndo,
    NotYours,
    Outdated,
    SessionOver,
    TextTooLong,
    VoteUnderWay,
)
from bot.workshop.notices import ProposalAdded
from bot.workshop.records import JobState
from bot.workshop.sessions import Opening


async def test_a_session_opens_with_its_card_its_thread_and_its_opening(house: House) -> None:
    session = await house.start()
    assert await house.rows(session) == [f"card:{session}", f"thread:{session}", f"opening:{session}"]


async def test_passages_join_the_story_in_order(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The door was green.")
    await house.workshop.writing.write(act(BEN, session), "It opened.")
    assert await house.story(session) == ["The door was green.", "It opened."]


async def test_a_session_is_found_by_its_thread(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(Act(ANN, "guild", f"thread-{session}"), "Here.")
    assert await house.story(session) == ["Here."]


@pytest.mark.parametrize("guild", ["guild", "another guild"])
async def test_where_no_session_lives_nothing_is_written(house: House, guild: str) -> None:
    await house.start()
    with pytest.raises(NoSessionHere):
        await house.workshop.writing.write(Act(ANN, guild, "channel"), "Hello?")


async def test_a_repeated_interaction_writes_once_and_answers_alike(house: House) -> None:
    session = await house.start()
    first = await house.workshop.writing.write(act(ANN, session, call="77"), "Once.")
    again = await house.workshop.writing.write(act(ANN, session, call="77"), "Once.")
    assert first == again
    assert await house.story(session) == ["Once."]


async def test_a_cancelled_handler_has_still_written(house: House) -> None:
    session = await house.start()
    task = asyncio.create_task(house.workshop.writing.write(act(ANN, session), "Kept."))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: house.story(session))
    assert await house.story(session) == ["Kept."]


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
async def test_an_empty_passage_is_refused(house: House, text: str) -> None:
    session = await house.start()
    with pytest.raises(EmptyText):
        await house.workshop.writing.write(act(ANN, session), text)


async def test_a_passage_that_is_too_long_comes_back_in_full(house: House) -> None:
    session = await house.start()
    with pytest.raises(TextTooLong) as refused:
        await house.workshop.writing.write(act(ANN, session), "x" * 100_000)
    assert len(refused.value.text) == 100_000
    assert await house.story(session) == []


async def test_an_unknown_preset_names_the_known_ones(house: House) -> None:
    with pytest.raises(NoSuchPreset) as refused:
        await house.workshop.sessions.start(Act(ANN, "guild", "c"), Opening("A door.", preset="baroque"))
    assert "noir" in refused.value.known


async def test_one_takes_back_ones_own_newest_passage(house: House) -> None:
    session = await house.start()
    for text in ("One.", "Two."):
        await house.workshop.writing.write(act(ANN, session), text)
    await house.workshop.writing.undo(act(ANN, session))
    assert await house.story(session) == ["One."]


async def test_nobody_takes_back_anothers_passage_but_a_moderator(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "Mine.")
    with pytest.raises(NotYours):
        await house.workshop.writing.undo(act(BEN, session))
    await house.workshop.writing.undo(act(MO, session))
    assert await house.story(session) == []


async def test_there_is_nothing_to_undo_in_an_empty_story(house: House) -> None:
    with pytest.raises(NothingToUndo):
        await house.workshop.writing.undo(act(MO, await house.start()))


async def test_an_old_undo_button_undoes_nothing(house: House) -> None:
    session = await house.start()
    old = await house.workshop.writing.write(act(ANN, session), "One.")
    await house.workshop.writing.write(act(ANN, session), "Two.")
    with pytest.raises(Outdated):
        await house.workshop.writing.undo(act(ANN, session), passage=old.passage)


async def test_undo_moves_the_buttons_to_the_passage_before(house: House) -> None:
    session = await house.start()
    one = await house.workshop.writing.write(act(ANN, session), "One.")
    two = await house.workshop.writing.write(act(ANN, session), "Two.")
    await house.workshop.writing.undo(act(ANN, session))
    before, after = [await house.workshop.desk.page(f"passage:{notice.passage}") for notice in (one, two)]
    assert (before.newest, before.taken_back) == (True, False)
    assert (after.newest, after.taken_back) == (False, True)


async def test_undo_stops_a_running_continuation_first(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "One.")
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    undone = await house.workshop.writing.undo(act(ANN, session))
    assert undone.stopped_model
    assert await house.ended(asked.job) is JobState.STOPPED
    assert await house.story(session) == []


async def test_undo_of_the_very_first_continuation_stops_it(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    undone = await house.workshop.writing.undo(act(ANN, session))
    assert (undone.passage, undone.stopped_model) == (None, True)
    assert await house.ended(asked.job) is JobState.STOPPED
    assert await house.story(session) == []


async def test_undo_of_the_first_continuation_is_for_those_who_may_stop_it(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(BEN, session), candidates=1)
    with pytest.raises(NotAllowed):
        await house.workshop.writing.undo(act(CEM, session))
    await house.workshop.writing.undo(act(ANN, session))
    assert await house.ended(asked.job) is JobState.STOPPED


async def test_undo_of_the_first_draft_is_a_moderators_and_asked_first(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    with pytest.raises(BeingDrafted):
        await house.workshop.writing.undo(act(ANN, session))
    with pytest.raises(NeedsConfirmation):
        await house.workshop.writing.undo(act(MO, session))
    undone = await house.workshop.writing.undo(act(MO, session), confirmed=True)
    assert (undone.passage, undone.stopped_model, undone.cancelled_ballot) == (None, True, True)
    assert await house.ended(asked.job) is JobState.STOPPED


async def test_during_a_vote_writing_becomes_a_proposal_and_says_so(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    written = await house.workshop.writing.write(act(BEN, session), "A bell.")
    assert isinstance(written, ProposalAdded)
    assert (written.number, written.instead_of_writing) == (2, True)
    assert await house.story(session) == []


async def test_during_a_vote_only_a_moderator_undoes_and_after_a_question(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "One.")
    await house.workshop.writing.propose(act(ANN, session), "A knock.")
    with pytest.raises(VoteUnderWay):
        await house.workshop.writing.undo(act(ANN, session))
    with pytest.raises(NeedsConfirmation):
        await house.workshop.writing.undo(act(MO, session))
    undone = await house.workshop.writing.undo(act(MO, session), confirmed=True)
    assert undone.cancelled_ballot
    assert await house.story(session) == []


async def test_finishing_asks_first_and_then_ends_everything(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    with pytest.raises(NeedsConfirmation) as question:
        await house.workshop.sessions.finish(act(ANN, session))
    assert question.value.drafting
    await house.workshop.sessions.finish(act(ANN, session), confirmed=True)
    assert await house.ended(asked.job) is JobState.STOPPED
    with pytest.raises(SessionOver):
        await house.workshop.writing.write(act(ANN, session), "More.")
    found = await house.workshop.library.find("guild", session)
    assert found.state is SessionState.FINISHED


async def test_only_the_opener_or_a_moderator_finishes(house: House) -> None:
    session = await house.start()
    with pytest.raises(NotAllowed):
        await house.workshop.sessions.finish(act(BEN, session), confirmed=True)


async def test_a_work_of_people_alone_needs_no_model(house: House) -> None:
    session = await house.start(ai=AiMode.OFF)
    proposed = await house.workshop.writing.propose(act(ANN, session), "We knock.")
    await house.workshop.voting.vote(act(ANN, session), 1)
    assert proposed.number == 1
    assert await house.story(session) == ["We knock."]
    for asking in (house.workshop.drafting.ask, house.workshop.drafting.retry):
        with pytest.raises(ModelIsSilent):
            await asking(act(ANN, session))
    assert house.model.requests == []
