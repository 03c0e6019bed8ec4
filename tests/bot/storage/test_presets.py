from dataclasses import replace

import pytest

from bot.storage.schema import presets
from bot.story.manuscript import SessionState
from bot.story.presets import BUILT_IN, DEFAULT, Preset, Sampling

NOIR = next(preset for preset in BUILT_IN if preset.name == "noir")


async def test_the_built_in_presets_are_known_in_their_order(tx):
    assert await tx.presets.names("guild") == [preset.name for preset in BUILT_IN]
    assert await tx.presets.get("guild", DEFAULT) == BUILT_IN[0]
    assert await tx.presets.get("guild", "nothing") is None


async def test_a_preset_comes_back_with_its_adapter(tx, begin, moment):
    kept = await tx.presets.keep(
        "guild", Preset(name="storm", voice="Rain.", about="", adapter="thunder"), moment
    )
    assert await tx.presets.get("guild", "storm") == kept
    assert (await tx.sessions.by_id((await begin(tx, preset=kept)).id)).preset.adapter == "thunder"


async def test_a_preset_from_before_there_were_adapters_has_none(tx):
    content = {"voice": "Rain.", "about": "", "sampling": {}, "lengths": {}}
    await tx.link.insert(presets, guild=None, name="old", version=1, content=content)
    assert (await tx.presets.get("guild", "old")).adapter == ""


async def test_keeping_the_same_presets_again_changes_nothing(tx):
    await tx.presets.ensure(BUILT_IN)
    assert await tx.presets.get("guild", "noir") == NOIR


async def test_a_changed_preset_becomes_a_new_version(tx):
    changed = replace(NOIR, sampling=Sampling(temperature=0.5))
    await tx.presets.ensure([changed])
    assert await tx.presets.get("guild", "noir") == replace(changed, version=2)


async def test_a_session_keeps_the_version_it_began_with(tx, begin):
    session = await begin(tx, preset=NOIR)
    await tx.presets.ensure([replace(NOIR, voice="Write louder.")])
    assert (await tx.sessions.by_id(session.id)).preset == NOIR


async def test_a_session_cannot_begin_with_a_preset_that_is_not_kept(tx, begin):
    with pytest.raises(KeyError):
        await begin(tx, preset=Preset(name="unheard", voice="", about=""))


async def test_versions_count_on_over_a_retirement(tx, moment):
    own = Preset(name="storm", voice="Rain.", about="")
    assert [(await tx.presets.keep("guild", own, moment)).version for _ in "ab"] == [1, 2]
    await tx.presets.set_default("guild", "", "storm", moment)
    await tx.presets.retire("guild", "storm", moment)
    assert await tx.presets.get("guild", "storm") is None
    assert "storm" not in await tx.presets.names("guild")
    assert await tx.presets.defaults("guild") == {}
    assert (await tx.presets.keep("guild", own, moment)).version == 3


async def test_a_session_may_be_pinned_to_another_version(tx, begin, moment):
    session = await begin(tx)
    await tx.sessions.pin(session.id, NOIR, moment)
    assert (await tx.sessions.by_id(session.id)).preset == NOIR
    with pytest.raises(KeyError):
        await tx.sessions.pin(session.id, replace(NOIR, version=9), moment)


async def test_unfinished_sessions_of_any_version_count_as_uses(tx, begin, moment):
    first = await tx.presets.keep("guild", Preset(name="storm", voice="Rain.", about=""), moment)
    second = await tx.presets.keep("guild", first, moment)
    over, _ = await begin(tx, preset=first), await begin(tx, preset=second)
    assert await tx.presets.uses("guild", "storm") == 2
    await tx.sessions.set_state(over.id, SessionState.FINISHED, moment)
    assert await tx.presets.uses("guild", "storm") == 1
