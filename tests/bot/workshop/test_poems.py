"""Poems: verse in the lines of its form, whatever the model makes of it."""

import asyncio

import pytest
from support.house import ANN, House, act

from bot.story.manuscript import JobId, SessionId
from bot.workshop.acts import Act
from bot.workshop.pages import FailedPage, PassagePage, UnaddedPage
from bot.workshop.records import JobState
from bot.workshop.sessions import Opening

POEM = "The tide comes in slow\na heron lifts one cold foot\nand the mud lets go"


async def begin(house: House, form: str = "haiku") -> SessionId:
    opening = Opening(premise="the tide", form=form)
    started = await house.workshop.sessions.start(Act(ANN, "guild", "channel"), opening)
    return SessionId(started.session)


async def continued(house: House, session: SessionId, *script: str) -> int:
    house.model.script = list(script)
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    return asked.job


async def test_a_poem_of_the_right_shape_is_taken_as_it_is(house: House) -> None:
    session = await begin(house)
    job = await continued(house, session, f"Here is a haiku:\n\n{POEM}")
    assert await house.story(session) == [POEM]
    assert isinstance(await house.workshop.desk.page(f"turn:{job}"), PassagePage)


async def test_the_form_stands_in_the_request_and_is_drawn_strictly(house: House) -> None:
    session = await begin(house)
    await continued(house, session, POEM)
    [request] = house.model.requests
    system, user = (message.content for message in request.messages)
    assert "poem" in system
    assert "haiku" in system
    assert "Its theme: the tide" in user
    assert "3 lines" in user
    assert request.sampling.temperature == 0.8


async def test_a_model_that_falls_into_prose_is_led_back_below_its_first_line(house: House) -> None:
    session = await begin(house)
    prose = "The tide comes in slow, and all along the shore the boats are lifted one by one."
    await continued(house, session, prose, "a heron lifts one cold foot\nand the mud lets go\n")
    assert await house.story(session) == [POEM.replace("slow", "slow,")]
    assert house.model.requests[1].messages[-1].content == "The tide comes in slow,\n"


async def test_what_never_becomes_verse_is_broken_at_its_pauses_in_the_end(house: House) -> None:
    session = await begin(house)
    await continued(house, session, *["The tide is out, the boats lie down."] * 30)
    [text] = await house.story(session)
    assert len(text.split("\n")) == 3


async def test_a_stanza_that_a_person_began_is_filled(house: House) -> None:
    session = await begin(house)
    await house.workshop.writing.write(act(ANN, session), "The tide comes in slow")
    await continued(house, session, "a heron lifts one cold foot\nand the mud lets go\nand one more")
    assert await house.story(session) == POEM.split("\n", 1)
    assert house.model.requests[0].messages[-1].content == "The tide comes in slow\n"


async def test_further_stanzas_follow_the_poem(house: House) -> None:
    session = await begin(house)
    await continued(house, session, POEM)
    await continued(house, session, "Low water again\nthe boats lean on their elbows\nwaiting for the moon")
    assert [len(text.split("\n")) for text in await house.story(session)] == [3, 3]


async def test_candidates_of_a_poem_go_to_a_vote_in_their_lines(house: House) -> None:
    session = await begin(house, "limerick")
    lines = [
        [f"line {n} of {which}" for n in range(1, 6)] for which in ("one", "two words", "three more words")
    ]
    house.model.script = ["\n".join(each) for each in lines]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=3)
    assert await house.ended(asked.job) is JobState.DONE
    page = await house.workshop.desk.page("ballot:1")
    assert all(len(choice.text.split("\n")) == 5 for choice in page.choices)


async def test_stop_keeps_the_lines_that_were_there(house: House) -> None:
    session = await begin(house)
    house.model.script = [POEM.replace("\n", " \n ") + " \n"]
    job = await stopped_after_two_lines(house, session)
    page = await house.workshop.desk.page(f"turn:{job}")
    assert isinstance(page, UnaddedPage)
    assert page.passage and page.passage.text == "\n".join(POEM.split("\n")[:2])


async def stopped_after_two_lines(house: House, session: SessionId) -> int:
    two = asyncio.Event()

    class Until(asyncio.Event):
        async def wait(self) -> bool:
            live = next(iter(house.workshop.desk.binder.scribe.live.values()))
            if live.draft and live.draft.text.count("\n") == 1:
                two.set()
                await asyncio.Event().wait()
            return True

    house.model.gate = Until()
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    await two.wait()
    await house.workshop.drafting.stop(act(ANN, session), JobId(asked.job))
    return asked.job


@pytest.mark.parametrize("answer", ["", "No."])
async def test_a_model_with_nothing_to_say_fails_and_is_asked_again(house: House, answer: str) -> None:
    session = await begin(house)
    house.model.script = [answer] * 60
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.FAILED
    assert isinstance(await house.workshop.desk.page(f"turn:{asked.job}"), FailedPage)
    house.model.script = [POEM]
    again = await house.workshop.drafting.retry_from(act(ANN, session), JobId(asked.job))
    assert await house.ended(again.job) is JobState.DONE
    assert await house.story(session) == [POEM]
