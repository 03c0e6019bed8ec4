"""Presets, their versions, and which of them new sessions get."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from bot.storage.guilds import meet
from bot.storage.link import Link
from bot.storage.schema import hidden_presets, preset_defaults, presets, retired_presets, sessions
from bot.story.manuscript import SessionState
from bot.story.presets import Preset

_PRESET: Final = TypeAdapter(Preset)
_RETIRED: Final = select(retired_presets.c.preset)


class StoredPresets:
    """Every version of every preset; built-in ones belong to no guild, a guild's own come before them."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def ensure(self, presets: Sequence[Preset]) -> None:
        """Keep the built-in presets; one whose content changed becomes a new version."""
        for preset in presets:
            newest = await self._newest(None, preset.name)
            if newest is None:
                await self._keep(preset)
            elif replace(newest, version=preset.version) != preset:
                await self._keep(replace(preset, version=max(preset.version, newest.version + 1)))

    async def get(self, guild: str, name: str) -> Preset | None:
        """Return the newest version that the guild may choose, its own before the built-in one."""
        own = await self.own(guild, name)
        if own or await self._link.value(_hidden(guild).where(hidden_presets.c.name == name)):
            return own
        return await self._newest(None, name)

    async def own(self, guild: str, name: str) -> Preset | None:
        """Return the newest version of a guild's own preset."""
        return await self._newest(guild, name)

    async def names(self, guild: str) -> Sequence[str]:
        """Return the names that the guild may choose from, oldest first."""
        shown = presets.c.guild.is_not(None) | presets.c.name.not_in(_hidden(guild))
        offered = _known_to(guild), presets.c.id.not_in(_RETIRED), shown
        chosen = select(presets.c.name).where(*offered).group_by(presets.c.name)
        return await self._link.values(chosen.order_by(func.min(presets.c.id)))

    async def keep(self, guild: str, preset: Preset, at: datetime) -> Preset:
        """Keep a guild's preset as the version after all that ever bore its name, and return it so."""
        await meet(self._link, guild, at)
        newest = select(func.max(presets.c.version)).where(
            presets.c.guild == guild, presets.c.name == preset.name
        )
        kept = replace(preset, version=1 + (await self._link.value(newest) or 0))
        await self._keep(kept, guild)
        return kept

    async def retire(self, guild: str, name: str, at: datetime) -> None:
        """Offer a guild's preset no longer, nor as a default; its versions stay for those who pinned them."""
        versions = select(presets.c.id).where(presets.c.guild == guild, presets.c.name == name)
        for version in await self._link.values(versions.where(presets.c.id.not_in(_RETIRED))):
            await self._link.insert(retired_presets, preset=version, at=at)
        await self._no_default(guild, name)

    async def hide(self, guild: str, name: str, at: datetime) -> None:
        """Offer a built-in preset no longer in a guild, nor as a default there."""
        await meet(self._link, guild, at)
        await self._link.upsert(hidden_presets, {"guild": guild, "name": name}, {"at": at})
        await self._no_default(guild, name)

    async def unhide(self, guild: str, name: str) -> None:
        """Offer a built-in preset in a guild again."""
        rows = hidden_presets.c.guild == guild, hidden_presets.c.name == name
        await self._link.run(delete(hidden_presets).where(*rows))

    async def hidden(self, guild: str) -> Sequence[Preset]:
        """Return the newest versions of the built-in presets that a guild has hidden, in alphabetical order."""
        names = await self._link.values(_hidden(guild).order_by(hidden_presets.c.name))
        return [preset for name in names if (preset := await self._newest(None, name))]

    async def uses(self, guild: str, name: str) -> int:
        """Count the guild's unfinished sessions that pinned a version of a preset."""
        mine = sessions.c.guild == guild, presets.c.name == name
        pinned = select(func.count()).select_from(sessions.join(presets)).where(*mine)
        return await self._link.value(pinned.where(sessions.c.state != SessionState.FINISHED))

    async def defaults(self, guild: str) -> Mapping[str, str]:
        """Return the names of a guild's defaults by channel, the server's own under no name."""
        chosen = select(preset_defaults.c.channel, preset_defaults.c.name)
        rows = await self._link.all(chosen.where(preset_defaults.c.guild == guild))
        return {row["channel"]: row["name"] for row in rows}

    async def set_default(self, guild: str, channel: str, name: str, at: datetime) -> None:
        """Make a preset the default of a channel, or with no channel's name of the server."""
        await meet(self._link, guild, at)
        where = {"guild": guild, "channel": channel}
        await self._link.upsert(preset_defaults, where, {"name": name, "changed": at})

    async def _no_default(self, guild: str, name: str) -> None:
        mine = preset_defaults.c.guild == guild, preset_defaults.c.name == name
        await self._link.run(delete(preset_defaults).where(*mine))

    async def _newest(self, guild: str | None, name: str) -> Preset | None:
        chosen = _versions(name).where(presets.c.guild == guild, presets.c.id.not_in(_RETIRED))
        row = await self._link.first(chosen.order_by(presets.c.version.desc()).limit(1))
        return None if row is None else rebuilt(**row)

    async def _keep(self, preset: Preset, guild: str | None = None) -> None:
        content = _PRESET.dump_python(preset, mode="json", exclude={"name", "version"})
        row = {"guild": guild, "name": preset.name, "version": preset.version}
        await self._link.insert(presets, **row, content=content)


async def key_of(link: Link, guild: str, preset: Preset) -> int:
    """Return the row of this version of the preset, the guild's own before the built-in one.

    Raises KeyError when there is none.
    """
    chosen = select(presets.c.id).where(
        presets.c.name == preset.name, presets.c.version == preset.version, _known_to(guild)
    )
    key = await link.value(chosen.order_by(presets.c.guild.is_(None)).limit(1))
    if key is None:
        raise KeyError((preset.name, preset.version))
    return key


def rebuilt(name: str, version: int, content: dict[str, Any]) -> Preset:
    """Return the preset that a row keeps."""
    return _PRESET.validate_python(content | {"name": name, "version": version})


def _versions(name: str) -> Select[Any, Any, Any]:
    return select(presets.c.name, presets.c.version, presets.c.content).where(presets.c.name == name)


def _hidden(guild: str) -> Select[str]:
    return select(hidden_presets.c.name).where(hidden_presets.c.guild == guild)


def _known_to(guild: str) -> ColumnElement[bool]:
    return or_(presets.c.guild == guild, presets.c.guild.is_(None))
