"""Who does something on Discord, and whether the bot may do there what a story needs."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import discord

from bot.story.manuscript import SessionId
from bot.story.people import Member
from bot.workshop.acts import Act
from cogs import phrases

Interaction = discord.Interaction[Any]

NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
}
"""The permissions that the invite link asks for, and that a channel must give before a story starts in it."""

SHOWING: Final = ("view_channel", "send_messages_in_threads", "embed_links")
"""Those without which nothing more can be shown of a story that lives."""


class Refusal(Exception):
    """Something that only Discord knows stands in the way; its text is for the person."""


def invite_link(application: int, *, reactions: bool = False) -> str:
    """Return where an administrator adds the bot to a server; ``reactions`` where it answers typed lines."""
    needed = discord.Permissions(**dict.fromkeys(NEEDED, True), add_reactions=reactions)
    return discord.utils.oauth_url(application, permissions=needed, scopes=("bot", "applications.commands"))


def act(interaction: Interaction, role: str, session: int | None = None) -> Act:
    """Return who does something and where; ``session`` is known where a button carries its number.

    Raises Refusal outside of servers.
    """
    if interaction.guild_id is None:
        raise Refusal(phrases.ONLY_IN_SERVERS)
    return Act(
        by=member(interaction, role),
        guild=str(interaction.guild_id),
        channel=str(interaction.channel_id),
        call=str(interaction.id),
        session=SessionId(session) if session else None,
    )


def member(interaction: Interaction, role: str) -> Member:
    """Return the person; with *Manage Server* or the role of that name or id they are a moderator."""
    may_manage = interaction.permissions.manage_guild or interaction.permissions.administrator
    return Member(
        id=str(interaction.user.id),
        name=" ".join(interaction.user.display_name.split()),
        moderator=may_manage or _has_role(interaction.user, role),
    )


def somebody(user: discord.User | discord.Member, role: str) -> Member:
    """Return a person whom somebody named."""
    granted = user.resolved_permissions if isinstance(user, discord.Member) else None
    may_manage = granted is not None and (granted.manage_guild or granted.administrator)
    name = " ".join(user.display_name.split())
    return Member(id=str(user.id), name=name, moderator=may_manage or _has_role(user, role))


def must_hold_a_story(interaction: Interaction) -> None:
    """Check that a thread can be opened here and written in. Raises Refusal, which says what is missing."""
    channel = interaction.channel
    if isinstance(channel, discord.Thread):
        raise Refusal(phrases.NOT_IN_A_THREAD.format(channel=f"<#{channel.parent_id}>"))
    if not isinstance(channel, discord.TextChannel):
        raise Refusal(phrases.NOT_IN_THIS_CHANNEL)
    if missing := _missing(interaction, NEEDED):
        raise Refusal(phrases.MISSING_PERMISSIONS.format(missing=missing))


def why_unseen(interaction: Interaction) -> str:
    """Say why what was done here cannot be shown yet, and what to do; empty where it can."""
    if missing := _missing(interaction, SHOWING):
        return phrases.CANNOT_SHOW.format(missing=missing)
    locked = isinstance(interaction.channel, discord.Thread) and interaction.channel.locked
    return phrases.LOCKED if locked and not interaction.app_permissions.manage_threads else ""


def _missing(interaction: Interaction, names: Iterable[str]) -> str:
    granted = interaction.app_permissions
    return ", ".join(NEEDED[name] for name in names if not getattr(granted, name))


def _has_role(user: discord.User | discord.Member, role: str) -> bool:
    wanted = role.strip().casefold()
    return (
        bool(wanted)
        and isinstance(user, discord.Member)
        and any(wanted in (str(held.id), held.name.casefold()) for held in user.roles)
    )


def channels_of(guild: discord.Guild | None) -> Callable[[str], str]:
    """Return what names the guild's channels by their numbers, also where one is gone or out of our sight."""

    def name(channel: str) -> str:
        found = guild.get_channel(int(channel)) if guild else None
        return f"#{found.name}" if found else f"{channel}, which is gone or hidden"

    return name
