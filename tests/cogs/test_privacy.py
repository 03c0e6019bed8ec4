"""People ask for their own data and leave, and the thread forgets them too."""

import discord

from cogs.buttons import ticket

SECRET = "The heron keeps the seventh key."


def standing(thread):
    return [message.content for message in thread.history()]


async def test_info_tells_counts_and_the_policy_to_the_asker_alone(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    answer = await server.ann.slash(thread, "privacy info")
    assert answer.ephemeral
    told = answer.response.embeds[0].description
    assert "1 text that you wrote" in told
    assert "How long" in told


async def test_leaving_with_everything_leaves_gaps_in_the_thread(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    await server.ben.slash(thread, "write", text="A bell rang.")
    await server.shown()
    question = await server.ann.slash(thread, "privacy delete", keep="nothing")
    assert "cannot be taken back" in question.response.content
    assert any(SECRET in content for content in standing(thread))
    await server.ann.click(question.response.message, label="Yes")
    await server.shown()
    assert "Done" in question.response.content
    assert not any(SECRET in content for content in standing(thread))
    assert not any("Ann" in content for content in standing(thread))
    assert any("a former writer 1" in content for content in standing(thread))
    assert "Ann" not in server.channel.history()[0].embeds[0].footer.text


async def test_leaving_with_the_text_kept_changes_the_name_under_it(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    await server.shown()
    question = await server.ann.slash(thread, "privacy delete", keep="text")
    await server.restart()
    await server.ann.click(question.response.message, label="Yes")
    await server.shown()
    assert thread.last_message.content == f"{SECRET}\n-# a former writer 1"


async def test_no_changes_nothing(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    question = await server.ann.slash(thread, "privacy delete", keep="nothing")
    await server.ann.click(question.response.message, label="No")
    assert (await server.history(thread)).passages[0].text == SECRET


async def test_a_moderator_cannot_ask_for_a_member(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    refused = await server.mo.slash(thread, "privacy delete", keep="nothing", user=server.ann)
    assert "their own data alone" in refused.response.content
    assert (await server.history(thread)).passages[0].text == SECRET


async def test_somebody_elses_yes_deletes_nothing(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text=SECRET)
    question = await server.ann.slash(thread, "privacy delete", keep="nothing")
    ids = [button.custom_id for button in question.response.message.components[0].children]
    assert ids == [ticket("forget", "nothing", server.ann.id), ticket("never")]
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Forged", custom_id=ids[0]))
    await server.env.bot.get_channel(server.channel.id).send("Here.", view=view)
    refused = await server.ben.click(server.channel.last_message, label="Forged")
    assert "their own data alone" in refused.response.content
    assert (await server.history(thread)).passages[0].text == SECRET
