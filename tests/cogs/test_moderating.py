"""Moderators on Discord: hidden from others, refused to others, and undone for everybody to see."""

import discord
import pytest


def said(answer) -> str:
    """Return what a person is told, in plain words or on cards."""
    cards = (card.description or "" for card in answer.response.embeds)
    return "\n".join([answer.response.content or "", *cards]).strip()


MODERATORS_ONLY = ("settings", "wordlist", "block", "audit", "remove")


@pytest.mark.parametrize("name", MODERATORS_ONLY)
async def test_discord_shows_moderators_commands_to_them_alone(server, name: str):
    command = server.env.bot.tree.get_command(name)
    assert command.default_permissions == discord.Permissions(manage_guild=True)


async def test_a_member_is_refused_by_the_server_too(server):
    for name, options in (
        ("preset create", {"name": "storm", "voice": "Rain."}),
        ("preset create", {"name": "storm"}),
        ("preset edit", {"name": "noir"}),
        ("preset delete", {"name": "noir"}),
        ("preset default", {"name": "noir"}),
    ):
        answer = await server.ann.slash(server.channel, name, **options)
        assert answer.ephemeral
        assert "Only a moderator" in said(answer)


async def test_a_style_is_made_with_a_form_whose_numbers_travel_along(server):
    asked = await server.mo.slash(server.channel, "preset create", name="storm", temperature=0.5, long=300)
    await server.restart()
    answer = await server.mo.submit_modal(asked, {"name": "storm", "voice": "Write of weather.", "about": ""})
    assert "“storm” is there" in said(answer)
    shown = await server.ann.slash(server.channel, "preset show", name="storm")
    assert "temperature 0.5" in said(shown)
    assert "300" in said(shown)
    thread = await server.start(preset="storm")
    assert (await server.history(thread)).session.preset.voice == "Write of weather."


async def test_a_style_with_an_adapter_is_made_with_a_form_and_writes_with_it(server):
    server.house.model.lists = ("rain", "thunder")
    [choice] = await server.mo.autocomplete(server.channel, "preset create", "adapter", "RA")
    asked = await server.mo.slash(server.channel, "preset create", name="rainy", adapter=choice["value"])
    await server.restart()
    given = {"name": "rainy", "voice": "Write of rain.", "about": "", "adapter": "rain"}
    await server.mo.submit_modal(asked, given)
    assert "the adapter rain" in said(await server.ann.slash(server.channel, "preset show", name="rainy"))
    thread = await server.start(preset="rainy")
    await server.ann.slash(thread, "continue", candidates=1)
    await server.shown()
    [passage] = (await server.history(thread)).passages
    assert passage.how.adapter == "rain"


async def test_an_adapter_that_is_not_there_is_refused_and_the_voice_goes_back(server):
    server.house.model.lists = ("rain",)
    asked = await server.mo.slash(server.channel, "preset create", name="snowy", adapter="snow")
    given = {"name": "snowy", "voice": "Write of snow.", "about": "", "adapter": "snow"}
    refused = said(await server.mo.submit_modal(asked, given))
    assert "no adapter “snow”, so nothing was changed. Choose rain or none." in refused
    assert "Write of snow." in refused


async def test_an_adapter_is_taken_away_by_name_and_the_record_says_so(server):
    server.house.model.lists = ("rain",)
    await server.mo.slash(
        server.channel, "preset create", name="rainy", voice="Write of rain.", adapter="rain"
    )
    choices = await server.mo.autocomplete(server.channel, "preset edit", "adapter", "")
    assert [choice["value"] for choice in choices] == ["none", "rain"]
    edited = await server.mo.slash(server.channel, "preset edit", name="rainy", adapter="none")
    assert "changed: adapter none" in said(edited)
    assert "Mo changed the style “rainy”, now version 2: adapter none." in said(
        await server.mo.slash(server.channel, "audit")
    )


async def test_a_member_learns_no_adapters(server):
    server.house.model.lists = ("rain",)
    choices = await server.ann.autocomplete(server.channel, "preset edit", "adapter", "ra")
    assert choices == []


async def test_a_missing_adapter_is_told_where_the_text_would_stand(server):
    server.house.model.lists = ("rain",)
    await server.mo.slash(
        server.channel, "preset create", name="rainy", voice="Write of rain.", adapter="rain"
    )
    thread = await server.start(preset="rainy")
    server.house.model.lists = ()
    await server.ann.slash(thread, "continue", candidates=1)
    await server.shown()
    assert "is not at the model server. Nothing is lost" in thread.last_message.content
    assert [button.label for row in thread.last_message.components for button in row.children] == [
        "Retry from here"
    ]


async def test_a_styles_voice_is_edited_in_a_form_that_holds_it(server):
    await server.mo.slash(server.channel, "preset create", name="storm", voice="Rain.")
    asked = await server.mo.slash(server.channel, "preset edit", name="storm")
    answer = await server.mo.submit_modal(asked, {"voice": "Write of snow.", "about": "Cold."})
    assert "version 2; changed: voice, about" in said(answer)


async def test_a_built_in_style_is_hidden_and_offered_again_without_a_form(server):
    answer = await server.mo.slash(server.channel, "preset delete", name="noir")
    assert "hidden here now" in said(answer)
    assert await server.ann.autocomplete(server.channel, "story start", "preset", "noir") == []
    assert "noir" not in said(await server.ann.slash(server.channel, "preset list"))
    assert "/preset create noir" in said(await server.mo.slash(server.channel, "preset list"))
    answer = await server.mo.slash(server.channel, "preset create", name="noir")
    assert "“noir” is offered again" in said(answer)


async def test_numbers_out_of_range_are_named_and_the_voice_goes_back(server):
    answer = await server.mo.slash(
        server.channel, "preset create", name="storm", voice="Write of rain.", temperature=3.0, top_p=0.0
    )
    assert "temperature must be from 0 to 2" in said(answer)
    assert "top\\_p" in said(answer) or "top_p" in said(answer)
    assert "Write of rain." in said(answer)


async def test_a_removed_passage_is_gone_from_its_message(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="My street is 5.")
    await server.ben.slash(thread, "write", text="It rained.")
    await server.shown()
    answer = await server.mo.slash(thread, "remove", passage=1)
    await server.shown()
    assert "Passage 1 is removed" in said(answer)
    everything = "".join(message.content for message in thread.history())
    assert "street" not in everything
    assert "[removed by a moderator]" in everything.replace("\\", "")
    read = await server.ann.slash(thread, "history")
    assert "street" not in said(read)


async def test_a_text_beside_the_story_is_chosen_from_a_list_and_gone(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="My street is 5.")
    await server.ann.slash(thread, "undo")
    await server.shown()
    assert "1. Ann, taken back: My street" in said(await server.mo.slash(thread, "remove"))
    [choice] = await server.mo.autocomplete(thread, "remove", "beside", "street")
    assert choice["name"].startswith("1. Ann, taken back")
    answer = await server.mo.slash(thread, "remove", beside=choice["value"])
    await server.shown()
    assert "That text is removed" in said(answer)
    assert not [message for message in thread.history() if "street" in message.content]


async def test_who_is_blocked_is_told_so_and_keeps_their_words(server):
    thread = await server.start()
    await server.mo.slash(server.channel, "block add", user=server.ann)
    answer = await server.ann.slash(thread, "write", text="Hello.")
    assert answer.ephemeral
    assert "blocked you" in said(answer)
    assert "Hello." in said(answer)
    refused = await server.mo.slash(server.channel, "block add", user=server.mo)
    assert "is a moderator" in said(refused)


async def test_a_listed_word_is_handed_back(server):
    thread = await server.start()
    await server.mo.slash(server.channel, "wordlist add", text="lantern")
    answer = await server.ann.slash(thread, "write", text="A lantern fell.")
    assert answer.ephemeral
    assert said(answer).endswith("A lantern fell.")
    listed = await server.mo.slash(server.channel, "wordlist list")
    assert said(listed) == "lantern"


async def test_a_second_ask_links_to_the_first(server):
    first, second = await server.start(), await server.start()
    server.house.model.opened.clear()
    await server.ann.slash(first, "continue", candidates=1)
    answer = await server.ann.slash(second, "continue", candidates=1)
    assert answer.ephemeral
    assert f"<#{first.id}>" in said(answer)
    server.house.model.opened.set()
    await server.shown()


async def test_settings_and_the_record_are_shown(server):
    changed = await server.mo.slash(server.channel, "settings set", key="max_candidates", value="2")
    assert "is now 2" in said(changed)
    shown = await server.mo.slash(server.channel, "settings show")
    assert "max_candidates: 2" in said(shown).replace("\\", "")
    record = await server.mo.slash(server.channel, "audit")
    assert "Mo set max_candidates to 2." in said(record).replace("\\", "")
    keys = await server.mo.autocomplete(server.channel, "settings set", "key", "ball")
    assert [key["value"] for key in keys] == ["ballot_minutes"]


async def test_the_record_names_the_channel_that_a_style_was_chosen_for(server):
    await server.mo.slash(server.channel, "preset default", name="noir", scope="channel")
    record = await server.mo.slash(server.channel, "audit")
    assert "Mo chose the style “noir”, version 1, for the channel #stories." in said(record).replace("\\", "")


async def test_who_chooses_nothing_gets_what_the_server_has_set(server):
    await server.mo.slash(server.channel, "settings set", key="default_ai", value="suggestions")
    await server.mo.slash(server.channel, "preset default", name="noir")
    for command, seed in (("story start", "premise"), ("poem start", "theme"), ("plot start", "logline")):
        await server.ann.slash(server.channel, command, **{seed: "The tide."})
        form = await server.ann.slash(server.channel, command)
        await server.shown()
        await server.ann.submit_modal(form, {"premise": "The tide.", "title": ""})
        await server.shown()
    begun = [(await server.history(thread)).session for thread in server.channel.threads]
    assert [(one.ai, one.preset.name) for one in begun] == [("suggestions", "noir")] * 6
