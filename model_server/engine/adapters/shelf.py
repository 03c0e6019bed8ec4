"""Which adapters are held in memory: found in a folder, read when first asked for, the longest unused put away first."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter, OrderedDict
from pathlib import Path

from model_server.engine.adapters.interface import (
    AdapterInUse,
    NoRoomForAdapter,
    UnfitAdapter,
    UnknownAdapter,
)
from model_server.engine.adapters.reading import CONFIG, WEIGHTS, Adapter, Base, Stamp, glance, read, stamp_of

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}", re.ASCII)
"""A sub-folder's name, and never a way out of the folder."""

RELIEF = 5
"""Seconds after which to ask again when all that are held are in use."""


class Shelf:
    """The adapters of one folder. Safe to call from several threads at once."""

    def __init__(self, folder: Path, base: Base, most: int) -> None:
        """Hold at most so many at once."""
        self._folder = folder
        self._base = base
        self._most = most
        self._held = OrderedDict[Adapter, Stamp]()
        """In the order in which they were last asked for."""
        self._refused: dict[str, tuple[Stamp, str]] = {}
        """Why an adapter cannot be used, and in which state it was read to find that out."""
        self._users = Counter[Adapter]()
        self._reading = threading.Lock()
        self._changing = threading.Lock()

    def names(self) -> list[str]:
        """Give the names of those that are there now, as far as can be told unread."""
        found = [config.parent for config in self._folder.glob(f"*/{CONFIG}")]
        return sorted(one.name for one in found if NAME.fullmatch(one.name) and (one / WEIGHTS).is_file())

    def unfit(self, *, thoroughly: bool) -> dict[str, str]:
        """Say of each sub-folder that cannot be served why so, thoroughly by reading its weights too."""
        look, reasons = read if thoroughly else glance, dict[str, str]()
        for folder in sorted(self._folder.glob("[!.]*/")):
            try:
                look(folder, self._base)
                if not NAME.fullmatch(folder.name):
                    reasons[folder.name] = "its name may hold letters, digits, '.', '_' and '-'"
            except UnfitAdapter as unfit:
                reasons[folder.name] = unfit.reason
            except UnknownAdapter:
                continue  # it has just been taken away
        return reasons

    def load(self, name: str) -> None:
        """Hold an adapter as its files are now, none for "". Raises UnknownAdapter, UnfitAdapter, NoRoomForAdapter."""
        if not name:
            return
        if not NAME.fullmatch(name):
            raise UnknownAdapter(name)
        if self._holds(name, stamp_of(self._folder / name)):
            return
        with self._reading:
            stamp = stamp_of(self._folder / name)
            if not self._holds(name, stamp):
                adapter = self._read(name, stamp)
                with self._changing:
                    self._make_room(name)
                    self._held[adapter] = stamp

    def take(self, name: str) -> Adapter | None:
        """Use an adapter as it was last loaded, until it is given back. Raises NoRoomForAdapter if it was put away since."""
        if not name:
            return None
        with self._changing:
            adapter = self._newest(name)
            if adapter is None:
                raise NoRoomForAdapter(self._most, RELIEF)
            self._users[adapter] += 1
            return adapter

    def give_back(self, adapter: Adapter | None) -> None:
        """Use an adapter no longer."""
        if adapter is None:
            return
        with self._changing:
            self._users[adapter] -= 1
            if not self._users[adapter] and self._newest(adapter.name) is not adapter:
                self._held.pop(adapter, None)

    def unload(self, name: str) -> None:
        """Hold an adapter no longer. Raises UnknownAdapter, AdapterInUse."""
        with self._changing:
            mine = [adapter for adapter in self._held if adapter.name == name]
            if not mine:
                raise UnknownAdapter(name)
            if any(self._users[adapter] for adapter in mine):
                raise AdapterInUse(name)
            for adapter in mine:
                del self._held[adapter]

    def _read(self, name: str, stamp: Stamp) -> Adapter:
        """Read an adapter, but not again what was refused in this state."""
        known, reason = self._refused.get(name, (None, ""))
        if known == stamp:
            raise UnfitAdapter(name, reason)
        try:
            adapter = read(self._folder / name, self._base)
        except UnfitAdapter as unfit:
            logger.warning("the adapter %s cannot be used: %s", name, unfit.reason)
            self._refused[name] = stamp, unfit.reason
            raise
        logger.info("the adapter %s is read: %d layers", name, len(adapter.parts))
        self._refused.pop(name, None)
        return adapter

    def _holds(self, name: str, stamp: Stamp) -> bool:
        with self._changing:
            adapter = self._newest(name)
            if adapter is None or self._held[adapter] != stamp:
                return False
            self._held.move_to_end(adapter)
            return True

    def _newest(self, name: str) -> Adapter | None:
        return next((adapter for adapter in reversed(self._held) if adapter.name == name), None)

    def _make_room(self, name: str) -> None:
        """Put away what is replaced, and what was unused for longest as far as needed. Raises NoRoomForAdapter."""
        if (replaced := self._newest(name)) is not None and not self._users[replaced]:
            del self._held[replaced]
        idle = [adapter for adapter in self._held if not self._users[adapter]]
        for adapter in idle[: max(0, len(self._held) + 1 - self._most)]:
            del self._held[adapter]
        if len(self._held) >= self._most:
            raise NoRoomForAdapter(self._most, RELIEF)
