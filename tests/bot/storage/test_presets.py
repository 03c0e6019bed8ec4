from dataclasses import replace

import pytest

from bot.story.presets import BUILT_IN, DEFAULT, Preset, Sampling

NOIR = next(preset for preset in BUILT_IN if preset.name == "noir")


async def test_the_built_in_presets_are_known_in_their_order(tx):
    assert await tx.presets.names("guild") == [preset.name for preset in BUILT_IN]
    assert await tx.presets.get("guild", DEFAULT) == BUILT_IN[0]
    assert await tx.presets.get("guild", "nothing") is None


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
