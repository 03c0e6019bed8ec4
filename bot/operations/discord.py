"""The doctor's look at Discord: the token, the intents, the servers and what the bot may do there."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from bot.operations.findings import Finding, fail, ok, warn
from bot.operations.wiring import point_discord_py
from bot.settings.sections import DiscordSection

if TYPE_CHECKING:
    from discord import AppInfo

SECONDS: Final = 60.0
PORTAL: Final = "in Discord's developer portal"
SERVERS: Final = 200


async def look_at_discord(section: DiscordSection, token: SecretStr | None) -> Sequence[Finding]:
    """Ask Discord who the token is, without connecting as the bot does."""
    if token is None:
        remedy = "For a server set DISCORD_TOKEN or DISCORD_TOKEN_FILE; `python -m bot` opens the terminal."
        return [warn("discord", "no token is set", remedy)]
    import aiohttp  # a terminal's doctor need not wait for these
    import discord
    from discord.http import Route

    point_discord_py(section)
    try:
        async with asyncio.timeout(SECONDS), discord.Client(intents=discord.Intents.none()) as client:
            await client.login(token.get_secret_value())
            servers = await client.http.get_guilds(SERVERS, with_counts=False)
            application = await client.application_info()
    except discord.LoginFailure:
        remedy = f"Copy it again {PORTAL}: your application, Bot, Reset Token."
        return [fail("token", "Discord does not know it", remedy)]
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as fault:
        seen = f"{Route.BASE} does not answer ({type(fault).__name__})"
        return [fail("discord", seen, "See to the network, or to discord.api_url.")]
    return [
        ok("token", f"Discord knows it as {client.user}"),
        *_application(application, section),
        *_servers(servers, application.id),
    ]


def _application(application: "AppInfo", section: DiscordSection) -> Iterator[Finding]:
    flags = application.flags
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if not section.message_content:
        yield ok("intents", "none of the privileged ones is needed")
    elif granted:
        yield ok("intents", "Message Content is granted")
    else:
        remedy = f"Switch it on {PORTAL} (your application, Bot), or set discord.message_content = false."
        yield fail("intents", "Message Content is not granted", remedy)
    if application.interactions_endpoint_url:
        seen = "an Interactions Endpoint URL is set, so commands and buttons go there instead of to the bot"
        yield fail("application", seen, f"Clear it {PORTAL}, General Information.")
    if application.bot_require_code_grant:
        seen = "Requires OAuth2 Code Grant is on, so the invite link does not work"
        yield warn("application", seen, f"Switch it off {PORTAL}, Bot.")


def _servers(servers: Sequence[Mapping[str, Any]], application: int) -> Iterator[Finding]:
    import discord

    from cogs.acting import NEEDED, invite_link

    invite = invite_link(application)
    for server in servers:
        granted = discord.Permissions(int(server["permissions"]))
        missing = [label for name, label in NEEDED.items() if not _allows(granted, name)]
        if missing:
            seen = f"in the server {server['name']} the bot lacks {', '.join(missing)}"
            yield warn("permissions", seen, f"Give them to its role there, or invite it again: {invite}")
    if servers:
        yield ok("servers", f"the bot is in {len(servers)}; into another by {invite}")
    else:
        yield warn("servers", "the bot is in none", f"Invite it: {invite}")


def _allows(granted: Any, name: str) -> bool:
    return granted.administrator or getattr(granted, name)
