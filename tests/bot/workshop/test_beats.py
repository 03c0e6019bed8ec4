"""People keep an outline in step with the story: they pass on, go back, change a beat."""

import pytest
from support.house import ANN, BEN, MO, House, act

from bot.story.manuscript import SessionId
from bot.story.people import Member
from bot.story.privacy import Keep
from bot.wording import explain
from bot.workshop.acts import Act
from bot.workshop.errors import ModelDown, NoFurtherBeat, NoOutline, NoSuchBeat, NotAllowed
from bot.workshop.refusals import WordListed
from bot.workshop.sessions import Opening

OUTLINE = """Act 1: Cold Ovens
1. Ines finds her oven cracked on the eve of the fair.
2. Bruno offers his own for a price that shames her.
3. They draw a chalk line across the stone.
"""


@pytest.fixture
async def session(house: House) -> SessionId:
    house.model.script = [OUTLINE]
    opening = Opening(premise="Two bakers share an oven.", form="plot", acts=1)
    started = await house.workshop.sessions.start(Act(ANN, "guild", "channel"), opening)
    await house.ended(1)
    return SessionId(started.session)


async def comes_next(house: House, session: SessionId) -> int | None:
    return (await house.workshop.library.plan(act(BEN, session))).current


async def test_who_told_a_beat_themselves_pass_on_and_the_model_follows(house: House, session) -> None:
    await house.workshop.writing.write(act(BEN, session), "The oven cracked at dawn.")
    await house.rows(session)
    assert (await house.workshop.beats.next(act(ANN, session))).beat == 2
    event, outline = await house.rows(session)
    assert (await house.workshop.desk.page(event)).kind == "beat-passed"
    assert outline == "turn:1"
    house.model.script = ["Bruno named his price and looked away."]
    asked = await house.workshop.drafting.ask(act(BEN, session), candidates=1)
    await house.ended(asked.job)
    assert "Bruno offers his own" in house.model.requests[-1].messages[1].content
    assert await comes_next(house, session) == 3


async def test_a_move_is_taken_back_with_the_passage_that_it_follows(house: House, session) -> None:
    await house.workshop.writing.write(act(ANN, session), "The oven cracked at dawn.")
    await house.workshop.beats.next(act(ANN, session))
    await house.workshop.writing.undo(act(ANN, session))
    assert await comes_next(house, session) == 1


async def test_one_goes_back_and_on_between_the_first_beat_and_the_end(house: House, session) -> None:
    with pytest.raises(NoFurtherBeat) as first:
        await house.workshop.beats.back(act(ANN, session))
    assert [(await house.workshop.beats.next(act(MO, session))).beat for _ in "123"] == [2, 3, None]
    with pytest.raises(NoFurtherBeat) as last:
        await house.workshop.beats.next(act(ANN, session))
    assert (first.value.back, last.value.back) == (True, False)
    assert (await house.workshop.beats.back(act(ANN, session))).beat == 3


async def test_a_changed_beat_is_what_the_model_is_asked_for(house: House, session) -> None:
    edited = await house.workshop.beats.edit(act(ANN, session), "Ines finds\nthe flour gone.")
    assert edited.beat == 1
    await house.workshop.beats.edit(act(MO, session), "Bruno leaves town.", 3)
    asked = await house.workshop.drafting.ask(act(BEN, session), candidates=1)
    await house.ended(asked.job)
    assert "Ines finds the flour gone." in house.model.requests[-1].messages[1].content
    beats = (await house.workshop.library.plan(act(BEN, session))).beats
    assert [beat.text for beat in beats][::2] == ["Ines finds the flour gone.", "Bruno leaves town."]


async def test_a_beat_is_one_that_there_is_and_holds_no_listed_word(house: House, session) -> None:
    with pytest.raises(NoSuchBeat):
        await house.workshop.beats.edit(act(ANN, session), "A knock.", 4)
    await house.workshop.moderation.add_word(act(MO, session), "lantern")
    with pytest.raises(WordListed):
        await house.workshop.beats.edit(act(ANN, session), "A lantern falls.")


async def test_others_leave_it_alone_and_what_has_no_outline_has_no_beats(house: House, session) -> None:
    for deed in (
        house.workshop.beats.next(act(BEN, session)),
        house.workshop.beats.edit(act(BEN, session), "x"),
    ):
        with pytest.raises(NotAllowed):
            await deed
    story = await house.start()
    for deed in (house.workshop.beats.next(act(ANN, story)), house.workshop.library.plan(act(BEN, story))):
        with pytest.raises(NoOutline) as refused:
            await deed
        assert not refused.value.wanting


async def test_a_plot_whose_outline_never_came_is_told_how_to_get_one(house: House) -> None:
    house.model.script = [ModelDown()]
    begun = await house.workshop.sessions.start(
        Act(ANN, "guild", "channel"), Opening(premise="Two bakers share an oven.", form="plot", acts=1)
    )
    await house.ended(1)
    with pytest.raises(NoOutline) as refused:
        await house.workshop.library.plan(act(BEN, SessionId(begun.session)))
    assert "/retry asks the model for one" in explain(refused.value)


async def test_who_is_forgotten_leaves_the_beat_as_it_was_before(house: House, session) -> None:
    eve = Member("100000000000000042", "Eve", moderator=True)
    await house.workshop.beats.edit(act(eve, session), "Eve walks in.", 2)
    await house.workshop.privacy.delete(act(eve, session), Keep.NOTHING, confirmed=True)
    beats = (await house.workshop.library.plan(act(BEN, session))).beats
    assert beats[1].text == "Bruno offers his own for a price that shames her."
