"""What the HTTP side knows of adapters, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from model_server.engine.interface import EngineError


@dataclass(eq=False)
class UnknownAdapter(EngineError):
    """There is no adapter of this name."""

    name: str


@dataclass(eq=False)
class UnfitAdapter(EngineError):
    """An adapter cannot be used, or not with this model."""

    name: str
    reason: str


@dataclass(eq=False)
class NoRoomForAdapter(EngineError):
    """As many adapters are in use as may be held."""

    most: int
    retry_after: int


@dataclass(eq=False)
class AdapterInUse(EngineError):
    """Requests under way are written with this adapter."""

    name: str


class Adapters(Protocol):
    """The adapters that a server has."""

    def names(self) -> Sequence[str]:
        """Give the names of those that are there now."""
        ...

    def unfit(self, *, thoroughly: bool) -> Mapping[str, str]:
        """Say why some of them cannot be used, thoroughly by reading their weights too."""
        ...

    def load(self, name: str) -> None:
        """Hold an adapter as its files are now, none for "". Raises UnknownAdapter, UnfitAdapter, NoRoomForAdapter."""
        ...

    def unload(self, name: str) -> None:
        """Hold an adapter no longer. Raises UnknownAdapter, AdapterInUse."""
        ...


class NoAdapters:
    """Fills Adapters, and what the engine asks for besides, where there are none: the model itself is ""."""

    def names(self) -> Sequence[str]:
        """Give no names."""
        return ()

    def unfit(self, *, thoroughly: bool) -> Mapping[str, str]:
        """Find nothing wrong."""
        del thoroughly
        return {}

    def load(self, name: str) -> None:
        """Raise UnknownAdapter."""
        if name:
            raise UnknownAdapter(name)

    def unload(self, name: str) -> None:
        """Raise UnknownAdapter."""
        raise UnknownAdapter(name)

    def take(self, name: str) -> None:
        """Raise UnknownAdapter."""
        self.load(name)

    def give_back(self, adapter: object) -> None:
        """Take back what was never given."""


NO_ADAPTERS: Final = NoAdapters()
