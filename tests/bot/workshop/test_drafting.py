"""The model's part: continuations, candidates, stopping, failing, coming too late."""

import asyncio

import pytest
from support.house import ANN, BEN, MO, BrokenOff, House, act
from support.waiting import until

from bot.story.manuscript import AiMode, JobId
from bot.workshop.errors import (
    AlreadyWriting,
    BallotFull,
    BeingDrafted,
    ModelDown,
    ModelIsSilent,
    ModelTimedOut,
    NotAllowed,
    NothingToRetry,
    Outdated,
    VoteUnderWay,
)
from bot.workshop.pages import BallotPage, DraftingPage, FailedPage, PassagePage, UnaddedPage, WritingPage
from bot.workshop.records import JobState


async def test_a_single_continuation_joins_the_story_on_the_page_it_streamed_on(house: House) -> None:
    session = await house.start()
    house.model.script = ["The sea opened."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, PassagePage)
    assert page.newest
    assert await house.story(session) == ["The sea opened."]


async def test_its_words_are_seen_while_they_come(house: House) -> None:
    session = await house.start()
    house.model.script = ["The sea opened."]
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await until(lambda: f"turn:{asked.job}" in house.courier.refreshed)
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, WritingPage)
    assert page.text == "The"
    house.model.gate.set()
    await house.ended(asked.job)


async def test_one_alone_gets_one_candidate_and_a_circle_gets_three(house: House) -> None:
    session = await house.start()
    alone = await house.workshop.drafting.ask(act(ANN, session))
    await house.ended(alone.job)
    await house.workshop.writing.write(act(BEN, session), "Ben is here.")
    circle = await house.workshop.drafting.ask(act(ANN, session))
    assert (alone.candidates, circle.candidates) == (1, 3)


async def test_several_candidates_are_put_to_one_blind_vote(house: House) -> None:
    session = await house.start()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    assert await house.ended(asked.job) is JobState.DONE
    page = await house.workshop.desk.page("ballot:1")
    assert isinstance(page, BallotPage)
    assert [choice.number for choice in page.choices] == [1, 2, 3]
    assert len({choice.text for choice in page.choices}) == 3
    assert all(choice.by is None and choice.votes is None for choice in page.choices)


async def test_a_proposal_made_while_drafting_stands_among_the_candidates(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    await house.workshop.writing.propose(act(BEN, session), "Ben's own idea.")
    house.model.gate.set()
    await house.ended(asked.job)
    page = await house.workshop.desk.page("ballot:1")
    assert "Ben's own idea." in [choice.text for choice in page.choices]


async def test_a_ninth_candidate_is_handed_back(house: House) -> None:
    session = await house.start()
    for number in range(8):
        await house.workshop.writing.propose(act(BEN, session), f"Idea {number}.")
    with pytest.raises(BallotFull) as refused:
        await house.workshop.writing.propose(act(BEN, session), "One too many.")
    assert refused.value.text == "One too many."


async def test_candidates_still_being_drafted_keep_their_places(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=4)
    for number in range(4):
        await house.workshop.writing.propose(act(BEN, session), f"Idea {number}.")
    with pytest.raises(BallotFull):
        await house.workshop.writing.propose(act(BEN, session), "One too many.")
    house.model.gate.set()
    await house.ended(asked.job)


async def test_in_suggestions_one_candidate_enters_by_a_vote(house: House) -> None:
    session = await house.start(ai=AiMode.SUGGESTIONS)
    house.model.script = ["The sea opened."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await house.ended(asked.job)
    assert await house.story(session) == []
    await house.workshop.voting.vote(act(ANN, session), 1)
    assert await house.story(session) == ["The sea opened."]


async def test_a_silent_model_is_not_asked(house: House) -> None:
    session = await house.start(ai=AiMode.OFF)
    with pytest.raises(ModelIsSilent):
        await house.workshop.drafting.ask(act(ANN, session))


async def test_one_generation_a_session_at_a_time(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    with pytest.raises(AlreadyWriting) as refused:
        await house.workshop.drafting.ask(act(BEN, session), candidates=1)
    assert refused.value.asker == "Ann"
    house.model.gate.set()
    await house.ended(asked.job)


async def test_asking_is_pointed_to_the_vote_that_is_drafted_or_open(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    with pytest.raises(BeingDrafted):
        await house.workshop.drafting.ask(act(BEN, session))
    house.model.gate.set()
    await house.ended(asked.job)
    with pytest.raises(VoteUnderWay):
        await house.workshop.drafting.ask(act(BEN, session))


async def test_stop_appends_nothing_and_keeps_the_words_beside_the_story(house: House) -> None:
    session = await house.start()
    house.model.script = ["It came. Then"]
    asked = await ask_and_wait_for_words(house, session, "It came.")
    await house.workshop.drafting.stop(act(ANN, session), JobId(asked))
    page = await house.workshop.desk.page(f"turn:{asked}")
    assert isinstance(page, UnaddedPage)
    assert page.passage and page.passage.text == "It came."
    assert await house.story(session) == []
    await house.workshop.drafting.add_anyway(act(BEN, session), JobId(asked))
    assert await house.story(session) == ["It came."]
    page = await house.workshop.desk.page(f"turn:{asked}")
    assert (page.passage, page.added, page.actionable) == (None, True, False)


async def test_what_undo_stops_is_kept_beside_the_story_as_well(house: House) -> None:
    session = await house.start()
    house.model.script = ["It came. Then"]
    asked = await ask_and_wait_for_words(house, session, "It came.")
    await house.workshop.writing.undo(act(ANN, session))
    await house.workshop.drafting.add_anyway(act(BEN, session), JobId(asked))
    assert await house.story(session) == ["It came."]


async def test_while_no_words_come_it_is_shown_again_and_again(house: House) -> None:
    session = await house.start()
    house.workshop.desk.binder.scribe.tick = 0.001
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await until(lambda: house.courier.refreshed.count(f"turn:{asked.job}") > 9)
    house.model.gate.set()
    assert await house.ended(asked.job) is JobState.DONE


async def ask_and_wait_for_words(house: House, session, words: str) -> int:
    """Ask for one continuation and hold the model once ``words`` are there."""
    gate, seen = house.model.gate, asyncio.Event()

    class Until(asyncio.Event):
        async def wait(self) -> bool:
            live = next(iter(house.workshop.desk.binder.scribe.live.values()))
            if live.draft and words in live.draft.text:
                seen.set()
                return await gate.wait()
            return True

    gate.clear()
    house.model.gate = Until()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await seen.wait()
    return asked.job


async def test_only_the_asker_the_opener_or_a_moderator_stops_the_model(house: House) -> None:
    session = await house.start(by=MO)
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    with pytest.raises(NotAllowed):
        await house.workshop.drafting.stop(act(BEN, session), JobId(asked.job))
    await house.workshop.drafting.stop(act(ANN, session), JobId(asked.job))
    with pytest.raises(Outdated):
        await house.workshop.drafting.stop(act(ANN, session), JobId(asked.job))


async def test_stopping_closes_the_models_stream(house: House) -> None:
    session = await house.start()
    house.model.script = ["It came. Then"]
    asked = await ask_and_wait_for_words(house, session, "It")
    await house.workshop.drafting.stop(act(ANN, session), JobId(asked))
    await until(lambda: not house.workshop.desk.binder.scribe.live)
    assert house.model.stopped <= 1


async def test_stopping_several_puts_peoples_proposals_to_the_vote(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    await house.workshop.writing.propose(act(BEN, session), "Ben's own idea.")
    await house.workshop.drafting.stop(act(ANN, session), JobId(asked.job))
    page = await house.workshop.desk.page("ballot:1")
    assert [choice.text for choice in page.choices] == ["Ben's own idea."]


async def test_a_draft_whose_parent_is_no_longer_the_head_is_not_appended(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await house.workshop.writing.write(act(BEN, session), "Ben was quicker.")
    house.model.gate.set()
    assert await house.ended(asked.job) is JobState.STALE
    assert await house.story(session) == ["Ben was quicker."]
    await house.workshop.drafting.add_anyway(act(ANN, session), JobId(asked.job))
    assert len(await house.story(session)) == 2
    with pytest.raises(Outdated):
        await house.workshop.drafting.add_anyway(act(ANN, session), JobId(asked.job))


async def test_a_model_that_is_down_says_so_on_its_page_and_is_asked_again(house: House) -> None:
    session = await house.start()
    house.model.script = [ModelDown()]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.FAILED
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, FailedPage)
    assert page.fault == "ModelDown"
    again = await house.workshop.drafting.retry_from(act(ANN, session), JobId(asked.job))
    assert await house.ended(again.job) is JobState.DONE


@pytest.mark.parametrize("fault", [ModelDown(), ModelTimedOut(seconds=60)], ids=["gone", "silent"])
async def test_what_a_model_wrote_before_it_broke_off_is_kept_beside_the_story(
    house: House, fault: Exception
) -> None:
    session = await house.start()
    house.model.script = [BrokenOff("The sea opened. A bell rang and", fault)]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.FAILED
    assert await house.story(session) == []
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, UnaddedPage)
    assert page.passage and page.passage.text == "The sea opened."
    await house.workshop.drafting.add_anyway(act(ANN, session), JobId(asked.job))
    assert await house.story(session) == ["The sea opened."]
    after = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(after, UnaddedPage)
    assert after.added


async def test_a_server_that_writes_on_and_on_is_stopped(house: House) -> None:
    session = await house.start()
    house.model.script = ["The sea opened. " * 10_000]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await house.ended(asked.job)
    [text] = await house.story(session)
    assert len(text) < 10_000
    assert house.model.stopped == 1


async def test_a_text_that_might_have_been_better_is_taken_where_no_other_comes(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The door was green and it was open.")
    house.model.script = ["The door was green and it was open.", ModelDown()]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    assert (await house.story(session))[-1] == "The door was green and it was open."


async def test_candidates_that_came_make_the_vote_though_others_failed(house: House) -> None:
    session = await house.start()
    house.model.script = [ModelDown(), "The sea opened.", "A bell rang far below."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    assert await house.ended(asked.job) is JobState.DONE
    page = await house.workshop.desk.page("ballot:1")
    assert len(page.choices) == 2


async def test_an_echo_is_tried_again_with_another_seed(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "The door was green and it was open.")
    house.model.script = ["The door was green and it was open.", "A bell rang far below."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await house.ended(asked.job)
    assert (await house.story(session))[-1] == "A bell rang far below."
    first, second = (request.seed for request in house.model.requests)
    assert first != second


async def test_retry_replaces_the_models_newest_passage(house: House) -> None:
    session = await house.start()
    house.model.script = ["The sea opened.", "A bell rang far below."]
    await house.ended((await house.workshop.drafting.ask(act(ANN, session), candidates=1)).job)
    again = await house.workshop.drafting.retry(act(ANN, session))
    await house.ended(again.job)
    assert await house.story(session) == ["A bell rang far below."]


async def test_a_persons_passage_is_not_retried(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "Mine.")
    with pytest.raises(NothingToRetry):
        await house.workshop.drafting.retry(act(ANN, session))


async def test_a_restart_takes_up_the_candidates_that_are_missing(tmp_path) -> None:
    house = House(tmp_path / "story.db")
    async with house.opened():
        session = await house.start()
        house.model.script = ["The sea opened.", ModelDown()]
        house.model.gate.clear()
        asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
        await until(lambda: len(house.model.requests) >= 2)
    house.model.gate.set()
    async with house.opened():
        assert await house.ended(asked.job) is JobState.DONE
        page = await house.workshop.desk.page("ballot:1")
        assert len(page.choices) == 2


async def test_progress_counts_candidates(house: House) -> None:
    session = await house.start()
    house.model.gate.clear()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    page = await house.workshop.desk.page(f"drafting:{asked.job}")
    assert isinstance(page, DraftingPage)
    assert (page.done, page.wanted, page.over) == (0, 3, False)
    house.model.gate.set()
    await house.ended(asked.job)


async def test_a_fault_that_nobody_foresaw_is_outlived(house: House) -> None:
    session = await house.start()
    house.workshop.desk.binder.scribe.pause = 0
    house.model.script = [ZeroDivisionError(), "It came."]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    assert await house.story(session) == ["It came."]


async def test_a_fault_that_stays_ends_the_job_and_what_people_proposed_is_voted_on(house: House) -> None:
    session = await house.start()
    house.workshop.desk.binder.scribe.pause = 0
    house.model.gate.clear()
    house.model.script = [ZeroDivisionError()] * 20
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    await house.workshop.writing.propose(act(BEN, session), "Ben's own.")
    assert await house.ended(asked.job) is JobState.FAILED
    page = await house.workshop.desk.page(f"drafting:{asked.job}")
    assert (page.fault, page.actionable) == ("Unforeseen", True)
    ballot = await house.workshop.library.ballot(act(ANN, session))
    assert [choice.text for choice in ballot.choices] == ["Ben's own."]
