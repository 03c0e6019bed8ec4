"""A server's settings, blocks and words; none of another server's."""

from bot.story.people import Member
from bot.story.wordlist import Entry, WordKind


async def test_settings_are_kept_changed_and_forgotten(tx, moment):
    await tx.settings.set("guild", "word_list", "on", moment)
    await tx.settings.set("guild", "word_list", "off", moment)
    await tx.settings.set("guild", "max_candidates", 2, moment)
    assert await tx.settings.of("guild") == {"word_list": "off", "max_candidates": 2}
    await tx.settings.unset("guild", "word_list")
    assert await tx.settings.of("guild") == {"max_candidates": 2}
    assert await tx.settings.of("other") == {}


async def test_people_are_blocked_once_and_in_one_guild(tx, ann, moment):
    assert await tx.blocks.add("guild", ann, moment)
    assert not await tx.blocks.add("guild", ann, moment)
    assert await tx.blocks.has("guild", ann.id)
    assert not await tx.blocks.has("other", ann.id)
    assert await tx.blocks.of("guild") == [Member(ann.id, ann.name)]
    assert await tx.blocks.remove("guild", ann.id)
    assert not await tx.blocks.remove("guild", ann.id)


async def test_words_are_listed_once_and_in_order(tx, moment):
    late, early = Entry("zeal"), Entry("a+b", WordKind.PATTERN)
    assert [await tx.words.add("guild", entry, moment) for entry in (late, early, late)] == [
        True,
        True,
        False,
    ]
    assert await tx.words.of("guild") == [early, late]
    assert await tx.words.of("other") == []
    assert await tx.words.remove("guild", "zeal")
    assert not await tx.words.remove("guild", "zeal")
