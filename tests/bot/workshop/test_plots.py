"""Plots: an outline drafted as a job, and continuations that follow its current beat."""

import asyncio

import pytest
from support.house import ANN, BEN, House, act
from support.waiting import until

from bot.story.manuscript import AiMode, JobId, SessionId
from bot.workshop.acts import Act
from bot.workshop.errors import AlreadyWriting, ModelIsSilent, Outdated
from bot.workshop.pages import FailedPage, OutlinePage, PlanningPage, UnaddedPage
from bot.workshop.records import JobState
from bot.workshop.sessions import Opening

OUTLINE = """Act 1: Cold Ovens
1. Ines finds her oven cracked on the eve of the fair.
2. Bruno offers his own for a price that shames her.
3. They draw a chalk line across the stone.
Act 2: Crossed Lines
1. Ines bakes by night and wakes his children.
2. Bruno steals her starter and it dies with him.
3. The chalk line is gone one morning.
"""
FIRST, SECOND = "Ines finds her oven cracked", "Bruno offers his own"


async def begin(house: House, *, ai: AiMode = AiMode.FULL, acts: int = 2) -> SessionId:
    opening = Opening(premise="Two bakers share an oven.", form="plot", ai=ai, acts=acts)
    started = await house.workshop.sessions.start(Act(ANN, "guild", "channel"), opening)
    return SessionId(started.session)


async def planned(house: House) -> SessionId:
    house.model.script = [OUTLINE]
    session = await begin(house)
    assert await house.ended(1) is JobState.DONE
    house.model.requests.clear()
    return session


async def continued(house: House, session: SessionId, text: str) -> str:
    """Let the model write, and return what it was asked."""
    house.model.script = [text]
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.DONE
    return house.model.requests[-1].messages[1].content


async def comes_next(house: House) -> int | None:
    page = await house.workshop.desk.page("turn:1")
    assert isinstance(page, OutlinePage)
    return page.current


async def test_the_outline_is_kept_and_its_first_beat_comes_next(house: House) -> None:
    session = await planned(house)
    page = await house.workshop.library.outline(act(ANN, session))
    assert isinstance(page, OutlinePage)
    assert page.fresh
    assert [(beat.act, beat.title) for beat in page.beats] == [(1, "Cold Ovens")] * 3 + [
        (2, "Crossed Lines")
    ] * 3
    assert page.current == 1
    assert await house.story(session) == []


async def test_each_continuation_is_asked_for_the_beat_that_comes_next(house: House) -> None:
    session = await planned(house)
    first = await continued(house, session, "Ines put her hand on the cold stone.")
    assert FIRST in first
    assert "Cold Ovens" in first
    assert SECOND not in first
    assert await comes_next(house) == 2
    assert "turn:1" in await house.rows(session)
    second = await continued(house, session, "Bruno named his price and looked away.")
    assert SECOND in second
    assert await comes_next(house) == 3


async def test_every_request_says_for_whom_it_is(house: House) -> None:
    house.model.script = [OUTLINE]
    session = await begin(house)
    assert await house.ended(1) is JobState.DONE
    await continued(house, session, "Ines put her hand on the cold stone.")
    assert {(request.guild, request.asker) for request in house.model.requests} == {("guild", "ann")}


async def test_undo_and_retry_give_the_beat_back(house: House) -> None:
    session = await planned(house)
    await continued(house, session, "Ines put her hand on the cold stone.")
    await house.workshop.writing.undo(act(ANN, session))
    assert await comes_next(house) == 1
    await continued(house, session, "Nobody had told Ines about the crack.")
    house.model.script = ["She saw the crack by candlelight."]
    again = await house.workshop.drafting.retry(act(ANN, session))
    await house.ended(again.job)
    assert FIRST in house.model.requests[-1].messages[1].content
    assert await comes_next(house) == 2


async def test_a_persons_passage_leaves_the_beat_where_it_is(house: House) -> None:
    session = await planned(house)
    await house.workshop.writing.write(act(BEN, session), "It had rained all week.")
    assert await comes_next(house) == 1
    assert FIRST in await continued(house, session, "Ines put her hand on the cold stone.")


async def test_the_winner_of_a_vote_tells_the_beat(house: House) -> None:
    session = await planned(house)
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=2)
    await house.ended(asked.job)
    assert all(FIRST in request.messages[1].content for request in house.model.requests)
    assert await comes_next(house) == 1
    await house.workshop.voting.vote(act(ANN, session), 1)
    assert await comes_next(house) == 2


async def test_after_the_last_beat_the_story_goes_on_without_one(house: House) -> None:
    session = await planned(house)
    for number in range(6):
        await continued(house, session, f"Passage {number} tells of thing {number * 7} and no other.")
    assert await comes_next(house) is None
    assert "current beat" not in await continued(house, session, "An epilogue followed in the spring.")


async def test_while_it_is_drafted_its_beats_are_seen_and_it_can_be_stopped(house: House) -> None:
    house.model.script, seen = [OUTLINE], asyncio.Event()

    class Until(asyncio.Event):
        async def wait(self) -> bool:
            live = next(iter(house.workshop.desk.binder.scribe.live.values()))
            if len(live.beats) == 2:
                seen.set()
                await asyncio.Event().wait()
            return True

    house.model.gate = Until()
    session = await begin(house)
    await seen.wait()
    page = await house.workshop.desk.page("turn:1")
    assert isinstance(page, PlanningPage)
    assert (len(page.beats), page.acts) == (2, 2)
    with pytest.raises(AlreadyWriting):
        await house.workshop.drafting.ask(act(BEN, session))
    await house.workshop.drafting.stop(act(ANN, session))
    assert isinstance(await house.workshop.desk.page("turn:1"), UnaddedPage)
    assert await house.workshop.library.outline(act(ANN, session)) is None


async def test_a_malformed_answer_is_mended_beat_by_beat(house: House) -> None:
    pieces = [
        "The oven cracks at dawn.",
        "Bruno laughs at Ines.",
        "Ines buys a piece of chalk.",
        "Cold Ovens”",
    ]
    house.model.script = ["Once upon a time there was an oven.", "123", *pieces]
    session = await begin(house, acts=1)
    assert await house.ended(1) is JobState.DONE
    page = await house.workshop.library.outline(act(ANN, session))
    assert [beat.text for beat in page.beats] == pieces[:3]
    assert page.beats[0].title == "Cold Ovens"


async def test_an_outline_that_stays_malformed_is_given_up_and_asked_for_again(house: House) -> None:
    house.model.script = ["Hm"] * 40
    session = await begin(house)
    assert await house.ended(1) is JobState.FAILED
    assert len(house.model.requests) < 20
    page = await house.workshop.desk.page("turn:1")
    assert isinstance(page, FailedPage)
    assert (page.fault, page.actionable) == ("OutlineMalformed", True)
    house.model.script = [OUTLINE]
    again = await house.workshop.drafting.retry_from(act(ANN, session), JobId(1))
    assert await house.ended(again.job) is JobState.DONE
    assert not (await house.workshop.desk.page("turn:1")).actionable


async def test_without_its_outline_the_story_can_be_written_all_the_same(house: House) -> None:
    house.model.script = ["Hm"] * 40
    session = await begin(house)
    await house.ended(1)
    assert "current beat" not in await continued(house, session, "The oven was cold that morning.")


async def test_an_outline_that_nobody_likes_is_drafted_anew_until_the_story_begins(house: House) -> None:
    session = await planned(house)
    house.model.script = [OUTLINE.replace("Cold Ovens", "Warm Ovens")]
    again = await house.workshop.drafting.retry(act(ANN, session))
    assert await house.ended(again.job) is JobState.DONE
    page = await house.workshop.library.outline(act(ANN, session))
    assert page.beats[0].title == "Warm Ovens"
    assert (await house.workshop.desk.page("turn:1")).replaced
    await continued(house, session, "Ines put her hand on the cold stone.")
    with pytest.raises(Outdated):
        await house.workshop.drafting.retry_from(act(ANN, session), JobId(1))


async def test_people_alone_begin_a_plot_without_an_outline(house: House) -> None:
    session = await begin(house, ai=AiMode.OFF)
    assert house.model.requests == []
    assert await house.workshop.library.outline(act(ANN, session)) is None
    with pytest.raises(ModelIsSilent):
        await house.workshop.drafting.retry(act(ANN, session))
    with pytest.raises(ModelIsSilent):
        await house.workshop.drafting.ask(act(ANN, session))


async def test_an_outline_under_way_is_taken_up_after_a_restart(tmp_path) -> None:
    house = House(tmp_path / "story.db")
    house.model.script = [OUTLINE, OUTLINE]
    house.model.gate.clear()
    async with house.opened():
        session = await begin(house)
        await until(lambda: house.model.requests)
    house.model.gate.set()
    async with house.opened():
        assert await house.ended(1) is JobState.DONE
        page = await house.workshop.library.outline(act(ANN, session))
        assert len(page.beats) == 6
