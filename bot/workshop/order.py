"""A server's own order, asked within a transaction: who may act, which words may stand, what is set."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.story.house_rules import HouseRules, house_rules
from bot.story.manuscript import SessionId
from bot.story.people import Participant, active
from bot.story.presets import Preset
from bot.story.wordlist import Entry, listed
from bot.workshop.acts import Act
from bot.workshop.errors import NoSuchPreset, NotAllowed, TextTooLong
from bot.workshop.ports import Transaction
from bot.workshop.refusals import BusyElsewhere, WordListed

SERVER: Final = ""
"""Stands for the server where a default of a channel is looked up."""


async def rules_of(tx: Transaction, guild: str) -> HouseRules:
    """Return what a guild has set."""
    return house_rules(await tx.settings.of(guild))


async def banned(tx: Transaction, guild: str) -> Sequence[Entry]:
    """Return the listed words, none where the guild has switched its list off."""
    entries = await tx.words.of(guild)
    return entries if entries and (await rules_of(tx, guild)).word_list else ()


async def active_in(tx: Transaction, session: SessionId, guild: str, now: datetime) -> Sequence[Participant]:
    """Return who is active in a session and may act there: nobody waits for who is blocked."""
    blocked = {member.id for member in await tx.blocks.of(guild)}
    people = active(list(await tx.people.of(session)), now)
    return [person for person in people if person.member not in blocked]


async def must_fit(tx: Transaction, guild: str, text: str) -> None:
    """Check a passage against the guild's length and words. Raises TextTooLong, WordListed."""
    limit = (await rules_of(tx, guild)).max_passage_characters
    if limit is not None and len(text) > limit:
        raise TextTooLong(text=text, limit=limit)
    await must_be_clean(tx, guild, text)


async def must_be_clean(tx: Transaction, guild: str, text: str) -> None:
    """Check a text against the guild's words. Raises WordListed."""
    if listed(text, await banned(tx, guild)):
        raise WordListed(text=text)


async def must_be_idle(tx: Transaction, act: Act) -> None:
    """Check that the model writes for this person nowhere else in the guild. Raises BusyElsewhere."""
    running = await tx.jobs.of_person(act.guild, act.by.id)
    if running and (await rules_of(tx, act.guild)).one_generation_per_person:
        session = await tx.sessions.by_id(running[0].session)
        raise BusyElsewhere(session=session.id, title=session.title, thread=session.thread)


async def preset_called(tx: Transaction, guild: str, name: str) -> Preset:
    """Return the newest version of a preset that a guild can use. Raises NoSuchPreset."""
    preset = await tx.presets.get(guild, name.strip().casefold())
    if preset is None:
        raise NoSuchPreset(name=name, known=tuple(await tx.presets.names(guild)))
    return preset


def must_moderate(act: Act, deed: str) -> None:
    """Check that a moderator acts. Raises NotAllowed."""
    if not act.by.moderator:
        raise NotAllowed(deed=deed)
