"""What the workshop asks of the store about a server's own order: its settings, blocks, listed words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.story.house_rules import Value
from bot.story.people import Member
from bot.story.wordlist import Entry


class GuildSettings(Protocol):
    """What a guild has set; what it has not is the default."""

    async def of(self, guild: str) -> Mapping[str, Value]: ...
    async def set(self, guild: str, key: str, value: Value, at: datetime) -> None: ...
    async def unset(self, guild: str, key: str) -> None: ...


class Blocks(Protocol):
    """People who may not take part in a guild."""

    async def add(self, guild: str, member: Member, at: datetime) -> bool:
        """Block; False when they are blocked already."""
        ...

    async def remove(self, guild: str, member: str) -> bool:
        """Unblock; False when they are not blocked."""
        ...

    async def has(self, guild: str, member: str) -> bool: ...
    async def of(self, guild: str) -> Sequence[Member]:
        """Return who is blocked, the latest first."""
        ...


class Words(Protocol):
    """The words and patterns that a guild keeps out of its stories."""

    async def add(self, guild: str, entry: Entry, at: datetime) -> bool:
        """List; False when it is listed already."""
        ...

    async def remove(self, guild: str, text: str) -> bool:
        """Take off the list; False when it is not there."""
        ...

    async def of(self, guild: str) -> Sequence[Entry]:
        """Return the list, in alphabetical order."""
        ...
