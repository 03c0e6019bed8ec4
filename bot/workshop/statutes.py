"""What the workshop asks of the store about a server's own order: its presets, settings, blocks, listed words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.story.house_rules import Value
from bot.story.people import Member
from bot.story.presets import Preset
from bot.story.wordlist import Entry


class GuildSettings(Protocol):
    """What a guild has set; what it has not is the default."""

    async def of(self, guild: str) -> Mapping[str, Value]:
        """Return what is set, by key."""
        ...

    async def set(self, guild: str, key: str, value: Value, at: datetime) -> None:
        """Set or change a value."""
        ...

    async def unset(self, guild: str, key: str) -> None:
        """Go back to the default."""
        ...


class Blocks(Protocol):
    """People who may not take part in a guild."""

    async def add(self, guild: str, member: Member, at: datetime) -> bool:
        """Block; False when they are blocked already."""
        ...

    async def remove(self, guild: str, member: str) -> bool:
        """Unblock; False when they are not blocked."""
        ...

    async def has(self, guild: str, member: str) -> bool:
        """Tell whether a member is blocked."""
        ...

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


class Presets(Protocol):
    """Versioned presets; built-in ones belong to no guild."""

    async def ensure(self, presets: Sequence[Preset]) -> None:
        """Keep the built-in presets; one that changed becomes a new version."""
        ...

    async def get(self, guild: str, name: str) -> Preset | None:
        """Return the newest version; None for one that the guild has hidden too."""
        ...

    async def own(self, guild: str, name: str) -> Preset | None:
        """Return the newest version of a guild's own preset."""
        ...

    async def names(self, guild: str) -> Sequence[str]:
        """Return the names that a guild may choose from, oldest first."""
        ...

    async def keep(self, guild: str, preset: Preset, at: datetime) -> Preset:
        """Keep a guild's preset as the version after all that ever bore its name, and return it so."""
        ...

    async def retire(self, guild: str, name: str, at: datetime) -> None:
        """Offer a guild's preset no longer; its versions stay for those who pinned them."""
        ...

    async def hide(self, guild: str, name: str, at: datetime) -> None:
        """Offer a built-in preset no longer in a guild."""
        ...

    async def unhide(self, guild: str, name: str) -> None:
        """Offer a built-in preset in a guild again."""
        ...

    async def hidden(self, guild: str) -> Sequence[Preset]:
        """Return the built-in presets that a guild has hidden."""
        ...

    async def uses(self, guild: str, name: str) -> int:
        """Count the guild's unfinished sessions that pinned a version of a preset."""
        ...

    async def defaults(self, guild: str) -> Mapping[str, str]:
        """Return the names of a guild's defaults by channel, the server's own under no name."""
        ...

    async def set_default(self, guild: str, channel: str, name: str, at: datetime) -> None:
        """Make a preset the default of a channel, or with no channel's name of the server."""
        ...
