"""What people meet on Discord, from the first command to the exported file."""

import discord
import pytest
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType
from support.waiting import until

from bot.workshop.errors import ModelDown


def labels(message):
    return [child.label for row in message.components for child in getattr(row, "children", [])]


def words(message):
    return message.content.rsplit("\n-# ", 1)[0]


def newest(channel, message):
    return next(one for one in channel.history() if one.id == message.id)


async def test_a_story_gets_a_card_and_a_thread_of_its_own(server):
    answer = await server.ann.slash(
        server.channel, "story start", premise="A keeper finds a door.", ai="full"
    )
    await server.shown()
    assert answer.ephemeral
    assert "begins" in answer.response.content
    [thread] = server.channel.threads
    card = server.channel.history()[0]
    assert thread.id == card.id
    assert card.embeds[0].title == thread.name == "A keeper finds a door"
    assert labels(card) == labels(thread.last_message) == ["Continue", "Write", "Help"]


async def test_without_a_premise_a_form_asks(server):
    asked = await server.ann.slash(server.channel, "story start", title="The Door", preset="gothic")
    assert asked.modal["title"] == "Start a story"
    given = {
        field["component"]["custom_id"]: field["component"].get("value")
        for field in asked.modal["components"]
    }
    assert given == {"premise": None, "title": "The Door", "style": "gothic"}
    await server.ann.submit_modal(asked, {**given, "premise": "A keeper finds a door."})
    await server.shown()
    card = server.channel.history()[0]
    assert card.embeds[0].title == "The Door"
    assert "gothic" in card.embeds[0].footer.text


async def test_a_written_passage_stands_in_the_thread_as_prose(server):
    thread = await server.start()
    answer = await server.ann.slash(thread, "write", text="The door was green.")
    await server.shown()
    assert answer.ephemeral
    assert thread.last_message.content == "The door was green.\n-# Ann"
    assert labels(thread.last_message) == ["Write", "Continue", "Undo"]


async def test_a_longer_text_is_written_in_a_form(server):
    thread = await server.start()
    asked = await server.ann.slash(thread, "write")
    assert asked.modal["components"][0]["label"] == "Text"
    await server.ann.submit_modal(asked, {"text": "The door was green."})
    await server.shown()
    assert words(thread.last_message) == "The door was green."


async def test_a_form_opened_before_a_restart_is_still_taken_in(server):
    thread = await server.start()
    asked = await server.ben.click(server.channel.history()[0], label="Write")
    await server.restart()
    await server.ben.submit_modal(asked, {"text": "It was ajar."})
    await server.shown()
    assert thread.last_message.content == "It was ajar.\n-# Ben"


async def test_a_form_is_taken_in_once(server):
    thread = await server.start()
    await server.ann.submit_modal(await server.ann.slash(thread, "write"), {"text": "The door was green."})
    await server.shown()
    assert [words(message) for message in thread.history()].count("The door was green.") == 1


async def test_the_newest_passage_alone_carries_buttons(server):
    thread = await server.start()
    for text in ("One.", "Two."):
        await server.ann.slash(thread, "write", text=text)
        await server.shown()
    *older, newest = thread.history()
    assert [labels(message) for message in older] == [[]] * len(older)
    assert labels(newest) == ["Write", "Continue", "Undo"]


async def test_the_models_continuation_joins_the_story(server):
    server.house.model.script = ["The lamp went out. Somebody laughed."]
    thread = await server.start()
    answer = await server.ann.click(thread.last_message, label="Continue")
    await server.shown()
    assert answer.response is None or not answer.response.ephemeral
    assert words(thread.last_message) == "The lamp went out. Somebody laughed."
    assert thread.last_message.content.endswith("-# the model, asked by Ann")


async def test_a_model_that_is_down_is_told_of_and_can_be_asked_again(server):
    server.house.model.script = [ModelDown(), "The lamp went out."]
    thread = await server.start()
    await server.ann.slash(thread, "continue", candidates=1)
    await server.shown()
    failed = thread.last_message
    assert "does not answer" in failed.content
    await server.ben.click(failed, label="Retry from here")
    await server.shown()
    assert words(thread.last_message) == "The lamp went out."


async def test_a_stopped_continuation_can_be_added_anyway(server):
    thread = await server.start()
    server.house.model.script = ["The lamp went out. And then it"]
    server.house.model.opened.clear()
    await server.ann.slash(thread, "continue", candidates=1)
    writing = await until(lambda: thread.last_message if "Stop" in labels(thread.last_message) else None)
    await server.ann.click(writing, label="Stop")
    server.house.model.opened.set()
    await server.shown()
    assert "Stopped" in thread.last_message.content


async def test_a_vote_decides_among_people_and_the_model(server):
    thread = await server.start()
    server.house.model.opened.clear()
    await server.ben.slash(thread, "continue", candidates=2)
    await server.ann.slash(thread, "propose", text="Somebody was already inside.")
    server.house.model.opened.set()
    await server.shown()
    ballot = thread.last_message
    mine = next(card.title for card in ballot.embeds if card.description == "Somebody was already inside.")
    for writer in (server.ann, server.ben):
        answer = await writer.click(ballot, label=mine)
        assert answer.ephemeral
        assert f"candidate {mine}" in answer.response.content
        await server.restart()
    await server.shown()
    assert "closed" in newest(thread, ballot).content
    assert labels(newest(thread, ballot)) == []
    assert words(thread.last_message) == "Somebody was already inside."
    assert thread.last_message.content.endswith("Ann, chosen by vote")


async def test_candidates_can_be_read_in_full_and_stay_blind(server):
    thread = await server.start()
    await server.ann.slash(thread, "propose", text="word " * 1100 + "end.")
    await server.shown()
    answer = await server.ben.click(thread.last_message, label="Read in full")
    assert answer.ephemeral
    [file] = answer.response.attachments
    assert (await file.read()).decode().endswith("end.")
    assert "Ann" not in answer.response.content


async def test_only_a_moderator_closes_a_vote_without_quorum(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="One.")
    await server.ben.slash(thread, "propose", text="Two.")
    await server.shown()
    refused = await server.ann.click(thread.last_message, label="Close vote")
    assert refused.ephemeral
    await server.mo.click(thread.last_message, label="Close vote")
    await server.shown()
    assert "chose nothing" in thread.last_message.content


async def test_a_members_role_can_make_a_moderator(server):
    thread = await server.start()
    await server.ben.slash(thread, "write", text="One.")
    editors = server.guild.create_role("Editors")
    cem = server.guild.add_member(server.env.create_user("Cem"), roles=[editors])
    answer = await cem.slash(thread, "undo")
    assert "taken back" in answer.response.content


async def test_undo_takes_back_and_says_so_to_all(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="One.")
    await server.shown()
    await server.ann.click(thread.last_message, label="Undo")
    await server.shown()
    assert thread.last_message.content == "-# Ann took back the newest passage."
    assert any("taken back" in message.content and "One." in message.content for message in thread.history())


async def test_an_undo_button_that_is_outdated_takes_back_nothing(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="One.")
    await server.shown()
    old = thread.last_message
    server.porter.awake.clear()
    await server.ann.slash(thread, "write", text="Two.")
    answer = await server.ann.click(old, label="Undo")
    assert "moved on" in answer.response.content
    assert len((await server.history(thread)).passages) == 2


async def test_a_moderator_is_asked_before_undo_cancels_a_vote(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="One.")
    await server.ann.slash(thread, "propose", text="Two.")
    await server.shown()
    question = await server.mo.slash(thread, "undo")
    assert "cancels the vote" in question.response.content
    await server.restart()
    await server.mo.click(question.response.message, label="No")
    assert len((await server.history(thread)).passages) == 1
    question = await server.mo.slash(thread, "undo")
    await server.mo.click(question.response.message, label="Yes")
    assert len((await server.history(thread)).passages) == 0


async def test_finish_asks_first_and_then_closes_the_card(server):
    thread = await server.start()
    question = await server.ann.slash(thread, "finish")
    await server.ann.click(question.response.message, label="Yes")
    await server.shown()
    assert labels(server.channel.history()[0]) == []
    refused = await server.ben.slash(thread, "write", text="Too late.")
    assert "finished" in refused.response.content
    assert "Too late." in refused.response.content


async def test_a_refused_text_goes_back_in_full(server):
    text = "word " * 600
    answer = await server.ann.slash(server.channel, "write", text=text)
    assert "no story here" in answer.response.content
    [file] = answer.response.attachments
    assert file.filename == "your-text.txt"
    assert (await file.read()).decode() == text


async def test_the_story_is_read_page_by_page(server):
    thread = await server.start()
    for number in range(1, 4):
        await server.ann.slash(thread, "write", text=f"Passage {number}. " + "word " * 500)
    last = await server.ben.slash(thread, "history")
    assert "**3. Ann**" in last.response.embeds[0].description
    await server.ben.click(last.response.message, label="Previous")
    assert "**2. Ann**" in last.response.embeds[0].description
    first = await server.ben.slash(thread, "history", page=1)
    assert "**1. Ann**" in first.response.embeds[0].description


async def test_the_story_is_exported(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="The door was green.")
    answer = await server.ben.slash(thread, "export", format="markdown")
    [file] = answer.response.attachments
    assert file.filename.endswith(".md")
    assert "The door was green." in (await file.read()).decode()


async def test_stories_help_and_status_are_told_to_the_asker(server):
    nothing = await server.ann.slash(server.channel, "sessions")
    assert "/story start" in nothing.response.content
    thread = await server.start()
    listed = await server.ann.slash(server.channel, "sessions")
    assert f"<#{thread.id}>" in listed.response.embeds[0].description
    assert "/continue" in (await server.ann.slash(server.channel, "help")).response.embeds[0].description
    detail = await server.ann.slash(server.channel, "help", topic="export")
    assert "/export markdown" in detail.response.embeds[0].description
    status = await server.ann.slash(server.channel, "status")
    assert "scripted" in status.response.content
    for answer in (nothing, listed, detail, status):
        assert answer.ephemeral


async def test_a_story_starts_in_a_text_channel_only(server):
    thread = await server.start()
    inside = await server.ann.slash(thread, "story start", premise="Another.")
    assert f"<#{server.channel.id}>" in inside.response.content
    voice = server.guild.create_voice_channel("talk")
    assert "text channel" in (await server.ann.slash(voice, "story start")).response.content


async def test_a_missing_permission_is_named_before_anything_is_kept(server):
    no_threads = discord.PermissionOverwrite(create_public_threads=False)
    everybody = server.guild.default_role
    locked = server.guild.create_text_channel("locked", overwrites={everybody: no_threads})
    answer = await server.ann.slash(locked, "story start", premise="A keeper finds a door.")
    assert "Create Public Threads" in answer.response.content
    assert "A keeper finds a door." in answer.response.content
    assert "/story start" in (await server.ann.slash(server.channel, "sessions")).response.content


@pytest.mark.parametrize(
    ("button", "said"), [(None, "Added to the story."), ("Continue", "The model is writing.")]
)
async def test_who_does_something_that_cannot_be_shown_is_told_what_is_missing(server, button, said):
    thread = await server.start()
    everybody = server.guild.default_role
    silent = Overwrite(
        everybody.id,
        OverwriteType.ROLE,
        allow=0,
        deny=discord.Permissions(send_messages_in_threads=True).value,
    )
    server.env.backend.get_channel(server.channel.id).overwrites.append(silent)
    if button:
        answer = await server.ann.click(thread.last_message, label=button)
    else:
        answer = await server.ann.slash(thread, "write", text="The door was green.")
    assert answer.response.content.startswith(said)
    assert "give me: Send Messages in Threads" in answer.response.content
    server.env.backend.get_channel(server.channel.id).overwrites.clear()


async def test_who_does_something_in_a_locked_thread_is_told_why_it_is_not_shown(server):
    thread = await server.start()
    await server.env.bot.get_channel(thread.id).edit(locked=True)
    everybody = server.guild.default_role
    keep_out = Overwrite(
        everybody.id, OverwriteType.ROLE, allow=0, deny=discord.Permissions(manage_threads=True).value
    )
    server.env.backend.get_channel(server.channel.id).overwrites.append(keep_out)
    answer = await server.mo.slash(thread, "write", text="The door was green.")
    assert answer.response.content.startswith("Added to the story.")
    assert "this thread is locked" in answer.response.content
