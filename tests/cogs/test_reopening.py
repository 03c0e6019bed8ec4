"""What happens to a story on Discord whose thread is deleted."""


async def test_a_story_whose_thread_was_deleted_is_opened_again_from_the_list(server):
    thread = await server.start()
    await server.ann.slash(thread, "write", text="The door was green.")
    await server.shown()
    server.env.backend.delete_channel(thread.id)
    await server.shown()
    listed = await server.ben.slash(server.channel, "sessions")
    assert "its thread was deleted" in listed.response.embeds[0].description
    assert f"<#{thread.id}>" not in listed.response.embeds[0].description
    refused = await server.ben.click(listed.response, label="Open #1 again")
    assert "Only the one who opened the story" in refused.response.content
    listed = await server.ann.slash(server.channel, "sessions")
    await server.ann.click(listed.response, label="Open #1 again")
    await server.shown()
    anew = server.channel.threads[-1]
    assert anew.id != thread.id
    assert "The door was green." in anew.last_message.content
    await server.ben.slash(anew, "write", text="It opened.")
    await server.shown()
    assert [passage.text for passage in (await server.history(anew)).passages] == [
        "The door was green.",
        "It opened.",
    ]
