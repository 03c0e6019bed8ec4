"""Presets and their versions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Select, func, or_, select

from bot.storage.link import Link
from bot.storage.schema import presets
from bot.story.presets import Preset

_PRESET: Final = TypeAdapter(Preset)


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
        """Return the newest version, the guild's own before the built-in one."""
        return await self._newest(guild, name) or await self._newest(None, name)

    async def names(self, guild: str) -> Sequence[str]:
        """Return the names that the guild may choose from, oldest first."""
        chosen = select(presets.c.name).where(_known_to(guild)).group_by(presets.c.name)
        return await self._link.values(chosen.order_by(func.min(presets.c.id)))

    async def _newest(self, guild: str | None, name: str) -> Preset | None:
        chosen = _versions(name).where(presets.c.guild == guild).order_by(presets.c.version.desc())
        row = await self._link.first(chosen.limit(1))
        return None if row is None else rebuilt(**row)

    async def _keep(self, preset: Preset) -> None:
        content = _PRESET.dump_python(preset, mode="json", exclude={"name", "version"})
        await self._link.insert(presets, name=preset.name, version=preset.version, content=content)


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


def _known_to(guild: str) -> ColumnElement[bool]:
    return or_(presets.c.guild == guild, presets.c.guild.is_(None))
