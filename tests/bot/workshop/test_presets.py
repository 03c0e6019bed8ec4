"""A server's presets: made, changed, chosen and deleted by moderators, every change a version of its own."""

import pytest
from support.house import ANN, MO, House, act

from bot.story.presets import Sampling
from bot.story.styling import Change
from bot.workshop.acts import Act
from bot.workshop.errors import NoSessionHere, NoSuchPreset, NotAllowed
from bot.workshop.refusals import (
    BadPresetName,
    BuiltInPreset,
    LastPreset,
    NoVoice,
    PresetOutOfBounds,
    PresetTaken,
    PresetTextTooLong,
    PresetUnchanged,
)
from bot.workshop.sessions import Opening

HERE = Act(MO, "guild", "channel")
STORM = Change(voice="Write of weather.", temperature=0.5)


@pytest.fixture
def shelf(house: House):
    return house.workshop.presets


async def started(house: House, channel: str = "channel", preset: str | None = None):
    opening = Opening(premise="A door.", preset=preset)
    session = (await house.workshop.sessions.start(Act(ANN, "guild", channel), opening)).session
    return await house.workshop.library.find("guild", session)


async def test_a_new_preset_can_be_written_in(house, shelf):
    kept = await shelf.create(HERE, "storm", STORM)
    assert (kept.name, kept.version, kept.created) == ("storm", 1, True)
    session = await started(house, preset="storm")
    assert (session.preset.voice, session.preset.sampling.temperature) == ("Write of weather.", 0.5)


async def test_another_server_does_not_see_it(house, shelf):
    await shelf.create(HERE, "storm", STORM)
    with pytest.raises(NoSuchPreset):
        await shelf.show(Act(MO, "elsewhere", "channel"), "storm")


async def test_a_preset_may_begin_like_another(shelf):
    await shelf.create(HERE, "night", Change(about="Darker."), like="noir")
    night, noir = await shelf.show(HERE, "night"), await shelf.show(HERE, "noir")
    assert (night.voice, night.sampling, night.about) == (noir.voice, noir.sampling, "Darker.")


async def test_a_session_keeps_the_version_it_pinned(house, shelf):
    await shelf.create(HERE, "storm", STORM)
    session = await started(house, preset="storm")
    edited = await shelf.edit(HERE, "storm", Change(temperature=1.5))
    assert (edited.version, edited.changes) == (2, ("temperature",))
    kept = (await house.workshop.library.find("guild", session.id)).preset
    assert (kept.version, kept.sampling) == (1, Sampling(temperature=0.5))
    assert (await started(house, preset="storm")).preset.version == 2


async def test_a_deleted_preset_stays_with_those_who_use_it_and_the_answer_counts_them(house, shelf):
    await shelf.create(HERE, "storm", STORM)
    session = await started(house, preset="storm")
    await shelf.choose(HERE, "storm")
    deleted = await shelf.delete(HERE, "storm")
    assert deleted.uses == 1
    with pytest.raises(NoSuchPreset):
        await started(house, preset="storm")
    assert (await house.workshop.library.find("guild", session.id)).preset.name == "storm"
    assert (await started(house)).preset.name == "storyteller"


async def test_a_name_that_is_free_again_goes_on_counting(shelf):
    await shelf.create(HERE, "storm", STORM)
    await shelf.delete(HERE, "storm")
    assert (await shelf.create(HERE, "storm", STORM)).version == 2


async def test_the_channels_default_comes_before_the_servers(house, shelf):
    await shelf.choose(HERE, "gothic")
    await shelf.choose(HERE, "noir", "channel")
    assert (await started(house)).preset.name == "noir"
    assert (await started(house, channel="other")).preset.name == "gothic"
    assert (await started(house, preset="comic")).preset.name == "comic"
    marked = {line.preset.name: line.default_of for line in await shelf.list(HERE) if line.default_of}
    assert marked == {"gothic": ("server",), "noir": ("channel",)}


async def test_a_channels_default_is_chosen_from_within_a_thread_too(house, shelf):
    session = await house.start()
    await shelf.choose(Act(MO, "guild", f"thread-{session}"), "noir", "channel")
    assert (await started(house)).preset.name == "noir"


async def test_a_session_goes_on_with_another_preset_and_its_card_says_so(house, shelf):
    session = await house.start()
    await house.rows(session)
    chosen = await shelf.choose(act(MO, session), "noir", "session")
    assert chosen.session == session
    assert (await house.workshop.library.find("guild", session)).preset.name == "noir"
    card, event = await house.rows(session)
    assert card == f"card:{session}"
    assert (await house.workshop.desk.page(event)).kind == "restyled"


async def test_a_session_is_restyled_where_it_is(shelf):
    with pytest.raises(NoSessionHere):
        await shelf.choose(HERE, "noir", "session")


@pytest.mark.parametrize("name", ["Storm", "storm glass", "", "x" * 33])
async def test_a_name_that_does_not_fit_is_refused(shelf, name: str):
    with pytest.raises(BadPresetName):
        await shelf.create(HERE, name, STORM)


async def test_a_name_is_given_once(shelf):
    with pytest.raises(PresetTaken) as built_in:
        await shelf.create(HERE, "noir", STORM)
    await shelf.create(HERE, "storm", STORM)
    with pytest.raises(PresetTaken) as own:
        await shelf.create(HERE, "storm", STORM)
    assert (built_in.value.built_in, own.value.built_in) == (True, False)


async def test_bad_content_is_refused_and_nothing_kept(shelf):
    for change, fault in (
        (Change(), NoVoice),
        (Change(voice="\u200b"), NoVoice),
        (Change(voice="x" * 2001), PresetTextTooLong),
        (Change(voice="x", about="y" * 101), PresetTextTooLong),
        (Change(voice="x", top_p=0.0), PresetOutOfBounds),
    ):
        with pytest.raises(fault):
            await shelf.create(HERE, "storm", change)
    with pytest.raises(NoSuchPreset):
        await shelf.show(HERE, "storm")


async def test_what_came_with_scriptorium_is_not_changed(shelf):
    with pytest.raises(BuiltInPreset):
        await shelf.edit(HERE, "noir", STORM)


async def test_deleting_a_built_in_preset_hides_it_in_this_server_alone(house, shelf):
    session = await started(house, preset="noir")
    await shelf.choose(HERE, "noir")
    assert (await shelf.delete(HERE, "noir")).uses == 1
    assert "noir" not in await house.workshop.library.presets("guild")
    assert "noir" in await house.workshop.library.presets("elsewhere")
    for deed in (started(house, preset="noir"), shelf.create(HERE, "night", Change(), like="noir")):
        with pytest.raises(NoSuchPreset):
            await deed
    assert (await started(house)).preset.name == "storyteller"
    assert (await house.workshop.library.find("guild", session.id)).preset.name == "noir"


async def test_naming_a_hidden_preset_offers_it_again_and_its_name_is_never_free(house, shelf):
    await shelf.delete(HERE, "noir")
    with pytest.raises(PresetTaken) as taken:
        await shelf.create(HERE, "noir", STORM)
    assert taken.value.hidden
    assert await shelf.hides(HERE, "noir")
    await shelf.create(HERE, "noir", Change())
    assert not await shelf.hides(HERE, "noir")
    assert (await started(house, preset="noir")).preset.name == "noir"
    kinds = [entry.kind for entry in (await house.workshop.house.audit(HERE)).entries]
    assert kinds == ["preset-offered", "preset-hidden"]


async def test_moderators_alone_see_what_is_hidden(shelf):
    await shelf.delete(HERE, "noir")
    assert [line.preset.name for line in await shelf.list(HERE) if line.hidden] == ["noir"]
    assert "noir" not in [line.preset.name for line in await shelf.list(Act(ANN, "guild", "channel"))]


async def test_one_preset_always_stays_and_a_story_without_a_choice_gets_it(house, shelf):
    for name in ("storyteller", "gothic", "fairy-tale", "comic"):
        await shelf.delete(HERE, name)
    with pytest.raises(LastPreset):
        await shelf.delete(HERE, "noir")
    assert (await started(house)).preset.name == "noir"


async def test_an_edit_that_changes_nothing_makes_no_version(shelf):
    await shelf.create(HERE, "storm", STORM)
    with pytest.raises(PresetUnchanged):
        await shelf.edit(HERE, "storm", STORM)


async def test_reading_is_for_everybody_and_changing_for_moderators(shelf):
    anybody = Act(ANN, "guild", "channel")
    assert len(await shelf.list(anybody)) == 5
    await shelf.show(anybody, "noir")
    for deed in (
        shelf.create(anybody, "storm", STORM),
        shelf.edit(anybody, "noir", STORM),
        shelf.delete(anybody, "noir"),
        shelf.choose(anybody, "noir"),
        shelf.changeable(anybody, "noir"),
    ):
        with pytest.raises(NotAllowed):
            await deed


async def test_a_repeated_interaction_makes_one_version(shelf):
    once = Act(MO, "guild", "channel", call="c1")
    assert await shelf.create(once, "storm", STORM) == await shelf.create(once, "storm", STORM)


async def test_every_change_is_in_the_record(house, shelf):
    await shelf.create(HERE, "storm", STORM)
    await shelf.edit(HERE, "storm", Change(top_p=0.9))
    await shelf.choose(HERE, "storm", "channel")
    await shelf.delete(HERE, "storm")
    page = await house.workshop.house.audit(HERE)
    kinds = [entry.kind for entry in page.entries]
    assert kinds == ["preset-deleted", "preset-chosen", "preset-changed", "preset-created"]
    assert {entry.actor_name for entry in page.entries} == {"Mo"}
