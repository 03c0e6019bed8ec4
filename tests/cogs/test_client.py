import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from cogs.client import IntentRefused, ScriptoriumBot, WrongToken, in_terms_of_the_start


async def test_no_privileged_intent_is_asked_for_by_default(server):
    intents = server.env.bot.intents
    assert intents.guilds
    assert not (intents.message_content or intents.members or intents.presences or intents.guild_messages)


async def test_typing_in_the_thread_asks_for_the_message_content(server):
    intents = ScriptoriumBot(server.house.workshop, message_content=True).intents
    assert intents.message_content
    assert intents.guild_messages


async def test_the_invite_link_asks_for_what_is_needed_and_no_more(server):
    link = URL(server.env.bot.invite_link)
    assert link.query["scope"] == "bot applications.commands"
    granted = discord.Permissions(int(link.query["permissions"]))
    assert {name for name, given in granted if given} == {
        "read_messages",  # as discord.py calls View Channel
        "send_messages",
        "send_messages_in_threads",
        "create_public_threads",
        "embed_links",
        "attach_files",
        "read_message_history",
    }


async def test_everything_mentions_nobody_by_default(server):
    assert server.env.bot.allowed_mentions.to_dict() == {"parse": []}


@pytest.mark.parametrize(
    ("refusal", "fault", "advice"),
    [
        (discord.LoginFailure("no"), WrongToken, "DISCORD_TOKEN"),
        (discord.PrivilegedIntentsRequired(None), IntentRefused, "developer portal"),
    ],
    ids=["token", "intent"],
)
def test_what_keeps_the_bot_out_is_said_in_one_line(refusal, fault, advice):
    with pytest.raises(fault, match=advice) as told, in_terms_of_the_start():
        raise refusal
    assert "\n" not in str(told.value)


async def test_a_discord_that_is_down_is_waited_for_and_a_wrong_token_ends_the_start(server, monkeypatch):
    answers = [503, 502, 401]

    async def me(_request):
        return web.json_response({}, status=answers.pop(0))

    discord_alike = web.Application()
    discord_alike.router.add_get("/users/@me", me)
    async with TestServer(discord_alike) as listening:
        monkeypatch.setattr(discord.http.Route, "BASE", str(listening.make_url("")).rstrip("/"))
        async with ScriptoriumBot(server.house.workshop, retry_after=0.01) as bot:
            with pytest.raises(WrongToken):
                await bot.serve("token")
    assert answers == []


async def test_commands_are_registered_later_where_they_cannot_be_at_the_start(server):
    server.env.inject_error("PUT", "/applications/*/commands", status=503)
    await server.env.restart_bot(ScriptoriumBot(server.house.workshop, retry_after=0.2))
    await server.env.advance_time(0.3)
    puts = [
        sent for sent in server.env.http_requests if sent.method == "PUT" and sent.path.endswith("/commands")
    ]
    assert len(puts) == 3
    assert (await server.ann.slash(server.channel, "help")).acknowledged
