"""The doctor before a loopback Discord that answers the three questions which it asks."""

import discord
import pytest
from discord.http import Route
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from bot.operations.discord import look_at_discord
from bot.operations.findings import Level
from bot.settings.sections import DiscordSection

TOKEN = "the.right.token"
ME = {"id": "7", "username": "scribe", "discriminator": "0", "global_name": None, "avatar": None}
APPLICATION = {
    "id": "7",
    "name": "Scribe",
    "icon": None,
    "description": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "verify_key": "",
    "flags": 0,
    "owner": ME,
}
ALL = str(discord.Permissions.all().value & ~discord.Permissions(administrator=True).value)
NO_THREADS = str(int(ALL) & ~discord.Permissions(create_public_threads=True).value)
ADMINISTRATOR = str(discord.Permissions(administrator=True).value)


@pytest.fixture(autouse=True)
def _discords_own_address(monkeypatch):
    monkeypatch.setattr(Route, "BASE", Route.BASE)


def app_of(application, servers):
    app = FastAPI()

    @app.middleware("http")
    async def let_in(request: Request, answer):
        known = request.headers.get("authorization") == f"Bot {TOKEN}"
        return await answer(request) if known else JSONResponse({"message": "401", "code": 0}, 401)

    app.get("/api/v10/users/@me")(lambda: ME)
    app.get("/api/v10/oauth2/applications/@me")(lambda: APPLICATION | application)
    app.get("/api/v10/users/@me/guilds")(lambda: servers)
    return app


@pytest.fixture
def look(serving):
    """Look at a Discord whose application and servers differ from a good one as given."""

    async def look(servers=(ALL,), token=TOKEN, message_content=False, **application):
        shown = [
            {"id": str(number), "name": f"Guild {number}", "permissions": granted}
            for number, granted in enumerate(servers)
        ]
        async with serving(app_of(application, shown)) as url:
            section = DiscordSection(api_url=f"{url}/api/v10", message_content=message_content)
            return await look_at_discord(section, SecretStr(token))

    return look


def about(subject, findings):
    return next(finding for finding in findings if finding.subject == subject)


async def test_all_is_well(look):
    findings = await look()
    assert {finding.level for finding in findings} == {Level.OK}
    assert "scribe" in about("token", findings).seen


async def test_without_a_token_nobody_is_asked():
    [finding] = await look_at_discord(DiscordSection(api_url="http://127.0.0.1:9"), None)
    assert finding.level is Level.WARN and "DISCORD_TOKEN" in finding.remedy


async def test_a_token_that_discord_does_not_know(look):
    [finding] = await look(token="the.wrong.token")
    assert (finding.level, finding.subject) == (Level.FAIL, "token")
    assert "Reset Token" in finding.remedy and "wrong" not in str(finding)


async def test_a_discord_that_does_not_answer():
    section = DiscordSection(api_url="http://127.0.0.1:9/api/v10")
    [finding] = await look_at_discord(section, SecretStr(TOKEN))
    assert finding.level is Level.FAIL and "discord.api_url" in finding.remedy


@pytest.mark.parametrize(
    ("wanted", "flags", "level"),
    [
        (False, 0, Level.OK),
        (True, 0, Level.FAIL),
        (True, 1 << 18, Level.OK),
        (True, 1 << 19, Level.OK),
    ],
)
async def test_the_message_content_intent_is_needed_where_it_is_set(look, wanted, flags, level):
    assert about("intents", await look(message_content=wanted, flags=flags)).level is level


async def test_the_invite_link_is_told_wherever_the_bot_is(look):
    for servers in ((), (ALL,)):
        told = str(about("servers", await look(servers=servers)))
        assert "oauth2/authorize?client_id=7" in told and "permissions=" in told
    assert about("servers", await look(servers=())).level is Level.WARN


async def test_a_server_that_withholds_a_permission_is_named_with_it(look):
    findings = await look(servers=(ALL, NO_THREADS, ADMINISTRATOR))
    [finding] = [finding for finding in findings if finding.subject == "permissions"]
    assert finding.seen == "in the server Guild 1 the bot lacks Create Public Threads"


@pytest.mark.parametrize(
    ("application", "level"),
    [
        ({"interactions_endpoint_url": "https://elsewhere.example"}, Level.FAIL),
        ({"bot_require_code_grant": True}, Level.WARN),
    ],
)
async def test_what_the_portal_has_wrong(look, application, level):
    assert about("application", await look(**application)).level is level
