"""A moderator gives a style an adapter, writers write with it, miss it, and are helped: the whole way over Discord."""

import json
import shutil

import pytest
from evening.stage import Stage, faults
from support.voice import write_voice

pytestmark = pytest.mark.slow

PREMISE = "A lighthouse keeper finds a door in the sea."


async def test_a_style_with_a_voice_of_its_own(stage: Stage) -> None:
    voice = write_voice(stage.folder / "voices" / "rain")
    await stage.start(SCRIPTORIUM_MODEL__ADAPTERS_FOLDER="voices")
    mo, ann = stage.join("Mo", moderator=True), stage.join("Ann")
    plain = await stage.story(ann, premise=PREMISE)
    await ann.slash(plain, "continue", candidates=1, length="short")
    await stage.shown()

    offered = await mo.autocomplete(stage.channel, "preset create", "adapter", "ra")
    assert [choice["value"] for choice in offered] == ["rain"]
    refused = await mo.slash(stage.channel, "preset create", name="snowy", voice="Snow.", adapter="snow")
    assert "Choose rain or none." in refused.text
    await mo.slash(stage.channel, "preset create", name="rainy", voice="Write of rain.", adapter="rain")
    thread = await stage.story(ann, premise=PREMISE, preset="rainy")
    await ann.slash(thread, "continue", candidates=1, length="short")
    await stage.shown()
    told = stage.told(thread)
    assert len(told) == 1

    shutil.rmtree(voice)
    await ann.slash(thread, "continue", candidates=1, length="short")
    await stage.shown()
    page = stage.messages(thread)[-1]
    print("\n".join(f"  | {line}" for line in page.text.splitlines()))
    assert "is not at the model server" in page.text
    assert stage.told(thread) == told

    await mo.slash(stage.channel, "preset edit", name="rainy", adapter="none")
    await mo.slash(thread, "preset default", name="rainy", scope="session")
    await ann.click(page, "Retry from here")
    await stage.shown()
    assert len(stage.told(thread)) == 2
    how = [json.loads(how) for (how,) in stage.rows("SELECT how FROM passages WHERE how IS NOT NULL")]
    assert [one["adapter"] for one in how] == ["", "rain", ""]
    assert len({one["model"] for one in how}) == 1

    exported = await ann.slash(thread, "export", format="markdown")
    [(_, data)] = (await exported.final(settle=0.3)).files.items()
    print(data.decode())
    assert "with adapter rain (language model): 1 passage" in data.decode()
    assert faults(stage) == []
    assert not stage.world.serious
    assert not stage.world.gaps
