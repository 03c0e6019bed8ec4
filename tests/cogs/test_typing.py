"""Where a server lets them, people write by typing in the story's thread."""

import discord
import pytest


@pytest.fixture
async def thread(typing):
    return await typing.start()


async def told(server, thread):
    return [passage.text for passage in (await server.history(thread)).passages]


def marks(message):
    return [str(reaction.emoji) for reaction in message.reactions]


def hints(server, thread):
    return [m.content for m in thread.history() if m.reference and m.author.id == server.env.bot.user.id]


async def test_a_typed_line_is_a_passage_and_is_marked(typing, thread):
    typed = await typing.ann.send(thread, "The door was green.")
    await typing.shown()
    assert await told(typing, thread) == ["The door was green."]
    assert thread.last_message.content == "The door was green.\n-# Ann"
    assert marks(next(m for m in thread.history() if m.id == typed.id)) == ["✅"]
    assert hints(typing, thread) == []


async def test_lines_come_in_as_they_were_sent(typing, thread):
    lines = [f"Line {number}." for number in range(5)]
    for line in lines:
        await typing.ann.send(thread, line)
    await typing.shown()
    assert await told(typing, thread) == lines


@pytest.mark.parametrize("line", ["(brb)", "// nice!", "  ( wait"])
async def test_talk_stays_talk(typing, thread, line):
    await typing.ann.send(thread, line)
    await typing.shown()
    assert await told(typing, thread) == []


@pytest.mark.parametrize("line", ["/write The door was green.", "/continue", " /undo"])
async def test_a_command_that_came_as_a_message_is_not_told_but_explained(typing, thread, line):
    await typing.ann.send(thread, line)
    await typing.shown()
    assert await told(typing, thread) == []
    [hint] = hints(typing, thread)
    assert "choose the command from the list" in hint


async def test_other_channels_and_finished_stories_hear_nothing(typing, thread):
    await typing.ann.send(typing.channel, "Hello.")
    question = await typing.ann.slash(thread, "finish")
    await typing.ann.click(question.response.message, label="Yes")
    await typing.ann.send(thread, "One more thing.")
    await typing.shown()
    assert await told(typing, thread) == []
    assert hints(typing, thread) == []


async def test_a_server_that_did_not_ask_for_it_is_left_in_peace(typing, thread):
    await typing.mo.slash(typing.channel, "settings set", key="typing", value="off")
    await typing.ann.send(thread, "The door was green.")
    await typing.shown()
    assert await told(typing, thread) == []


async def test_during_a_vote_it_is_a_proposal_and_its_writer_is_told(typing, thread):
    await typing.ann.slash(thread, "propose", text="A knock.")
    await typing.ben.send(thread, "A bell.")
    await typing.shown()
    assert await told(typing, thread) == []
    [hint] = hints(typing, thread)
    assert "candidate 2" in hint


async def test_a_refused_line_is_answered_below_it(typing, thread):
    await typing.mo.slash(typing.channel, "wordlist add", text="green")
    typed = await typing.ann.send(thread, "The door was green.")
    await typing.shown()
    assert await told(typing, thread) == []
    [hint] = hints(typing, thread)
    assert "keeps some words out" in hint
    assert "again" not in hint, "the text stands right above"
    assert marks(next(m for m in thread.history() if m.id == typed.id)) == []


async def test_a_hint_is_taken_away(typing, thread):
    await typing.ann.slash(thread, "propose", text="A knock.")
    await typing.ben.send(thread, "A bell.")
    await typing.env.advance_time(31)
    await typing.shown()
    assert hints(typing, thread) == []


async def test_a_hint_that_stands_when_the_bot_ends_is_taken_away_when_it_is_back(typing, thread):
    await typing.ann.slash(thread, "propose", text="A knock.")
    await typing.ben.send(thread, "A bell.")
    await typing.restart()
    await typing.env.advance_time(31)
    await typing.shown()
    assert len(hints(typing, thread)) == 1
    await typing.house.workshop.hints.clear()
    await typing.shown()
    assert hints(typing, thread) == []


async def test_a_message_that_comes_twice_is_taken_in_once(typing, thread):
    await typing.ann.send(thread, "The door was green.")
    await typing.shown()
    channel = typing.env.bot.get_channel(thread.id)
    [typed] = [m async for m in channel.history() if m.content == "The door was green."]
    await typing.env.bot.get_cog("Typing").on_message(typed)
    await typing.shown()
    assert await told(typing, thread) == ["The door was green."]


async def test_what_was_typed_in_the_bots_absence_is_made_up_for(typing, thread):
    await typing.ann.send(thread, "One.")
    cog = typing.env.bot.get_cog("Typing")
    typing.env.bot.remove_listener(cog.on_message)
    for name, listener in cog.get_listeners():
        typing.env.bot.remove_listener(listener, name)
    await typing.ann.send(thread, "Two.")
    await typing.ben.send(thread, "(hello?)")
    await typing.ben.send(thread, "Three.")
    await typing.shown()
    assert await told(typing, thread) == ["One."]
    await typing.restart()
    await typing.shown()
    assert await told(typing, thread) == ["One.", "Two.", "Three."]
    await typing.restart()
    await typing.shown()
    assert await told(typing, thread) == ["One.", "Two.", "Three."]


async def test_what_was_said_before_typing_was_switched_on_stays_talk(typing, thread):
    await typing.mo.slash(typing.channel, "settings set", key="typing", value="off")
    await typing.ann.send(thread, "Shall we switch it on?")

    await typing.env.advance_time(2)
    typing.house.time = typing.env.now()
    await typing.mo.slash(typing.channel, "settings set", key="typing", value="on")
    await typing.restart()
    await typing.shown()
    assert await told(typing, thread) == []


async def test_bots_are_not_writers(typing, thread):
    webhook = await typing.env.bot.get_channel(typing.channel.id).create_webhook(name="relay")
    await webhook.send("I am a relay.", thread=discord.Object(thread.id))
    await typing.shown()
    assert await told(typing, thread) == []
