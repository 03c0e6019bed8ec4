"""A style with a voice of its own: given, looked up, written with, missed, and taken away."""

import asyncio
from dataclasses import replace

import pytest
from support.house import ANN, MO, House, act

from bot.publish.markdown import markdown
from bot.story.styling import Change
from bot.workshop import adapters
from bot.workshop.acts import Act
from bot.workshop.errors import ModelDown
from bot.workshop.pages import FailedPage
from bot.workshop.records import JobState, ModelInfo
from bot.workshop.refusals import BadAdapterName, NoSuchAdapter, PresetUnchanged
from bot.workshop.sessions import Opening

HERE = Act(MO, "guild", "channel")
RAINY = Change(voice="Write of rain.", adapter="rain")


@pytest.fixture
async def shelf(house: House):
    house.model.lists = ("rain", "thunder")
    return house.workshop.presets


async def started(house: House, preset: str, form: str = "story") -> int:
    opening = Opening(premise="A door.", preset=preset, form=form)
    return (await house.workshop.sessions.start(Act(ANN, "guild", "channel"), opening)).session


async def written(house: House, session: int, candidates: int = 1) -> JobState:
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=candidates)
    return await house.ended(asked.job)


async def history(house: House, session: int):
    return await house.workshop.library.history(act(ANN, session))


async def test_a_style_writes_with_its_adapter_and_the_passage_tells(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    session = await started(house, "rainy")
    assert await written(house, session) is JobState.DONE
    told = await history(house, session)
    assert {request.adapter for request in house.model.requests} == {"rain"}
    assert [(passage.how.model, passage.how.adapter) for passage in told.passages] == [("scripted", "rain")]
    assert "scripted with adapter rain (language model)" in markdown(told).text


async def test_candidates_and_verse_are_written_with_it_too(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    await written(house, await started(house, "rainy"), candidates=3)
    await written(house, await started(house, "rainy", form="haiku"))
    assert {request.adapter for request in house.model.requests} == {"rain"}


async def test_an_outline_is_the_models_own(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    await started(house, "rainy", form="plot")
    await house.ended(1)
    assert {request.adapter for request in house.model.requests} == {""}


async def test_the_model_below_is_credited_where_the_servers_own_has_an_adapter_already(house, shelf):
    usual = await house.model.info()

    async def info() -> ModelInfo:
        return replace(usual, name="fable:tide", base="fable")

    house.model.info = info
    await shelf.create(HERE, "rainy", RAINY)
    rainy, plain = await started(house, "rainy"), await started(house, "noir")
    for session in (rainy, plain):
        await written(house, session)
    models = [(await history(house, session)).passages[0].how.model for session in (rainy, plain)]
    assert models == ["fable", "fable:tide"]


async def test_an_adapter_that_is_not_there_is_refused_and_those_there_are_told(shelf):
    await shelf.create(HERE, "rainy", RAINY)
    for deed in (
        shelf.create(HERE, "snowy", Change(voice="Write of snow.", adapter="snow")),
        shelf.edit(HERE, "rainy", Change(adapter="snow")),
    ):
        with pytest.raises(NoSuchAdapter) as refused:
            await deed
        assert (refused.value.name, refused.value.known) == ("snow", ("rain", "thunder"))
    assert (await shelf.show(HERE, "rainy")).version == 1


@pytest.mark.parametrize("fault", [ModelDown(), TimeoutError()])
async def test_a_server_that_cannot_be_asked_refuses_nothing(house, shelf, fault):
    house.model.lists = fault
    await shelf.create(HERE, "snowy", Change(voice="Write of snow.", adapter="snow"))
    assert (await shelf.show(HERE, "snowy")).adapter == "snow"
    assert list(await shelf.adapters(HERE)) == []


async def test_a_server_that_is_slow_to_answer_is_not_waited_for(house, shelf, monkeypatch):
    async def never():
        await asyncio.Event().wait()

    monkeypatch.setattr(adapters, "ASK_SECONDS", 0.05)
    house.model.adapters = never
    assert (await shelf.create(HERE, "snowy", Change(voice="x", adapter="snow"))).created


@pytest.mark.parametrize("name", ["../rain", "a b", "x" * 101, "-rain"])
async def test_a_name_that_no_adapter_has_is_refused_though_nobody_can_be_asked(house, shelf, name):
    house.model.lists = ModelDown()
    with pytest.raises(BadAdapterName):
        await shelf.create(HERE, "rainy", Change(voice="Write of rain.", adapter=name))


async def test_only_who_names_an_adapter_asks_the_server(house, shelf):
    house.model.lists = AssertionError("nobody needs to know")
    await shelf.create(HERE, "plain", Change(voice="Write."))
    await shelf.create(HERE, "alike", Change(), like="plain")
    await shelf.edit(HERE, "plain", Change(temperature=0.3, adapter="none"))
    assert (await shelf.show(HERE, "plain")).version == 2


async def test_a_style_like_another_has_its_adapter_which_must_be_there(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    await shelf.create(HERE, "stormy", Change(temperature=1.2), like="rainy")
    assert (await shelf.show(HERE, "stormy")).adapter == "rain"
    house.model.lists = ("thunder",)
    with pytest.raises(NoSuchAdapter):
        await shelf.create(HERE, "other", Change(), like="rainy")
    await shelf.create(HERE, "other", Change(adapter="none"), like="rainy")
    assert (await shelf.show(HERE, "other")).adapter == ""


async def test_what_else_a_style_says_can_be_edited_while_its_adapter_is_away(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    house.model.lists = ()
    assert (await shelf.edit(HERE, "rainy", Change(temperature=0.3))).version == 2


async def test_an_adapter_is_taken_away_and_the_record_says_so(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    await shelf.edit(HERE, "rainy", Change(adapter="thunder"))
    kept = await shelf.edit(HERE, "rainy", Change(adapter="none"))
    assert kept.changes == ("adapter none",)
    assert (await shelf.show(HERE, "rainy")).adapter == ""
    with pytest.raises(PresetUnchanged):
        await shelf.edit(HERE, "rainy", Change(adapter="none"))
    entries = (await house.workshop.house.audit(HERE)).entries
    assert [list(entry.facts["changes"]) for entry in entries] == [["adapter none"], ["adapter thunder"], []]


async def test_a_repeated_interaction_is_answered_as_before_though_the_adapter_has_gone(house, shelf):
    once = Act(MO, "guild", "channel", call="c1")
    kept = await shelf.create(once, "rainy", RAINY)
    house.model.lists = ()
    assert await shelf.create(once, "rainy", RAINY) == kept


async def test_moderators_alone_choose_from_the_list(shelf):
    assert list(await shelf.adapters(HERE)) == ["rain", "thunder"]
    assert list(await shelf.adapters(Act(ANN, "guild", "channel"))) == []


async def test_a_missing_adapter_loses_nothing_and_a_moderator_can_help(house, shelf):
    await shelf.create(HERE, "rainy", RAINY)
    session = await started(house, "rainy")
    await house.workshop.writing.write(act(ANN, session), "The door was green.")
    house.model.lists = ("thunder",)
    asked = await house.workshop.drafting.ask(act(ANN, session), candidates=1)
    assert await house.ended(asked.job) is JobState.FAILED
    page = await house.workshop.desk.page(f"turn:{asked.job}")
    assert isinstance(page, FailedPage)
    assert (page.fault, page.actionable) == ("AdapterMissing", True)
    assert await house.story(session) == ["The door was green."]

    await shelf.edit(HERE, "rainy", Change(adapter="thunder"))
    await shelf.choose(act(MO, session), "rainy", "session")
    again = await house.workshop.drafting.retry_from(act(ANN, session), asked.job)
    assert await house.ended(again.job) is JobState.DONE
    assert (await history(house, session)).passages[-1].how.adapter == "thunder"
