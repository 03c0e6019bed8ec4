"""A server's own order: its settings, who is blocked there, its listed words."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from bot.storage.guilds import meet
from bot.storage.link import Link
from bot.storage.schema import blocks, settings, words
from bot.story.house_rules import Value
from bot.story.people import Member
from bot.story.wordlist import Entry


class StoredGuildSettings:
    """What guilds have set."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def of(self, guild: str) -> Mapping[str, Value]:
        """Return what the guild has set, by key."""
        rows = await self._link.all(
            select(settings.c.name, settings.c.value).where(settings.c.guild == guild)
        )
        return {row["name"]: row["value"] for row in rows}

    async def set(self, guild: str, key: str, value: Value, at: datetime) -> None:
        """Set or change a value."""
        await meet(self._link, guild, at)
        await self._link.upsert(settings, {"guild": guild, "name": key}, {"value": value, "changed": at})

    async def unset(self, guild: str, key: str) -> None:
        """Go back to the default."""
        await self._link.run(delete(settings).where(settings.c.guild == guild, settings.c.name == key))


class StoredBlocks:
    """Who is blocked, by the name they bore then."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, guild: str, member: Member, at: datetime) -> bool:
        """Block a member; False when they are blocked already."""
        if await self.has(guild, member.id):
            return False
        await meet(self._link, guild, at)
        await self._link.insert(blocks, guild=guild, member=member.id, name=member.name, since=at)
        return True

    async def remove(self, guild: str, member: str) -> bool:
        """Unblock a member; False when they are not blocked."""
        mine = blocks.c.guild == guild, blocks.c.member == member
        return await self._link.changed(delete(blocks).where(*mine))

    async def has(self, guild: str, member: str) -> bool:
        """Tell whether the member is blocked."""
        mine = blocks.c.guild == guild, blocks.c.member == member
        return await self._link.value(select(blocks.c.member).where(*mine)) is not None

    async def of(self, guild: str) -> Sequence[Member]:
        """Return who is blocked, the latest first."""
        chosen = select(blocks.c.member, blocks.c.name).where(blocks.c.guild == guild)
        rows = await self._link.all(chosen.order_by(blocks.c.since.desc(), blocks.c.member))
        return [Member(id=row["member"], name=row["name"]) for row in rows]


class StoredWords:
    """What guilds keep out of their stories."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, guild: str, entry: Entry, at: datetime) -> bool:
        """List an entry; False when its text is listed already."""
        mine = words.c.guild == guild, words.c.text == entry.text
        if await self._link.value(select(words.c.text).where(*mine)) is not None:
            return False
        await meet(self._link, guild, at)
        await self._link.insert(words, guild=guild, text=entry.text, kind=entry.kind, added=at)
        return True

    async def remove(self, guild: str, text: str) -> bool:
        """Take an entry off the list; False when it is not there."""
        mine = words.c.guild == guild, words.c.text == text
        return await self._link.changed(delete(words).where(*mine))

    async def of(self, guild: str) -> Sequence[Entry]:
        """Return the list, in alphabetical order."""
        chosen = select(words.c.text, words.c.kind).where(words.c.guild == guild)
        return [Entry(**row) for row in await self._link.all(chosen.order_by(words.c.text))]
