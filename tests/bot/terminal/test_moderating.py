"""The moderators' commands, typed; ``@name`` is somebody who is none."""

import pytest

START = "/story start premise: A keeper finds a door in the sea. title: The Door"


async def test_a_preset_from_its_making_to_its_end(typed):
    said = await typed(
        "/preset create name: storm voice: Write of weather. temperature: 0,5",
        "/preset edit name: storm long: 300",
        "/preset default storm",
        START,
        "/preset delete storm",
        "/preset list",
        "/audit",
    )
    assert "The style “storm” is there." in said
    assert "now at version 2; changed: long." in said
    assert "story, style storm," in said
    assert "1 unfinished story keeps the version that it began with." in said
    assert "Mira deleted the style “storm”." in said
    assert "! " not in said


async def test_a_style_gets_an_adapter_and_loses_it(typed, house):
    house.model.lists = ("rain", "thunder")
    said = await typed(
        "/preset create name: rainy voice: Write of rain. adapter: snow",
        "/preset create name: rainy voice: Write of rain. adapter: rain",
        "/preset show rainy",
        START + " preset: rainy",
        "/continue",
        "/preset edit name: rainy adapter: none",
        "/audit",
    )
    assert (
        "! The model server has no adapter “snow”, so nothing was changed. Choose rain, thunder or none."
        in said
    )
    assert "Written with the adapter rain." in said
    assert {request.adapter for request in house.model.requests} == {"rain"}
    assert "now at version 2; changed: adapter none." in said
    assert "Mira changed the style “rainy”, now version 2: adapter none." in said


async def test_who_misses_an_adapter_is_told_what_a_moderator_can_do(typed, house):
    house.model.lists = ("rain",)
    await typed("/preset create name: rainy voice: Write of rain. adapter: rain", START + " preset: rainy")
    house.model.lists = ()
    said = await typed("The door was green.", "@ann /continue", "/history")
    assert "is not at the model server. Nothing is lost: go on with /write." in said
    assert "/preset edit" in said
    assert "1 passage, page 1 of 1" in said


async def test_a_removed_passage_leaves_its_place(typed):
    said = await typed(START, "@ann My street is 5.", "It rained.", "/remove 1", "/history")
    assert "1. ann\n[removed by a moderator]\n\n2. Mira\nIt rained." in said.split("2 passages")[1]


async def test_a_text_beside_the_story_is_listed_and_removed(typed):
    said = await typed(START, "@ann My street is 5.", "/undo", "/remove", "/remove beside: 1", "/remove")
    assert "1. ann, taken back: My street is 5." in said
    assert "That text is removed" in said
    assert "Nothing stands beside this story." in said


async def test_who_is_blocked_is_told_so(typed):
    said = await typed(
        START, "/block add @Ann", "@ann Hello.", "/block list", "/block remove ann", "@ann Back."
    )
    assert "! A moderator has blocked you" in said
    assert "Back.\n— ann" in said


async def test_a_refused_text_is_handed_back(typed):
    said = await typed(START, "/wordlist add lantern", "A lantern fell.")
    assert said.rstrip().endswith("A lantern fell.")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("@ann /preset create name: x voice: y", "! Only a moderator may do that."),
        ("@ann /settings show", "! Only a moderator may do that."),
        ("@ann /settings set key: word_list value: off", "! Only a moderator may do that."),
        ("@ann /audit", "! Only a moderator may do that."),
        ("@ann /remove 1", "! Only a moderator may do that."),
        ("@ann /wordlist add x", "! Only a moderator may do that."),
        ("@ann /block add ben", "! Only a moderator may do that."),
        ("/block add mira", "! Mira is a moderator"),
        ("/preset create name: x voice: y temperature: hot", "! temperature wants a number"),
        (
            "/preset create name: x voice: y temperature: 3",
            "! Nothing was changed: temperature must be from 0 to 2",
        ),
        ("/settings set key: colour value: red", "! There is no setting “colour”. Choose ballot_minutes"),
        ("/wordlist add text: (?=a)b kind: pattern", "! “(?=a)b” cannot be listed"),
        ("/remove 1", "! There is no story here."),
    ],
)
async def test_what_cannot_be_done_is_told(typed, line, answer):
    assert answer in await typed(line)
