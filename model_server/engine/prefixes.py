"""Which beginnings of earlier texts are kept, in blocks of tokens: bookkeeping that never sees a tensor.

A block is named by a digest of its tokens and of the block before it, so that equal names mean equal texts
from the first token on. The first block follows upon the salt: what differs in it shares nothing.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import takewhile

BLOCK = 32
"""Tokens in a block: a text is recognised to within so many."""


class Prefixes:
    """The table of kept blocks. Where room is needed, the one unused for longest goes, a text's end before its beginning."""

    def __init__(self, slots: int) -> None:
        self._slot_of: OrderedDict[bytes, int] = OrderedDict()
        self._free = list(range(slots))
        self._slots = slots

    def match(self, tokens: Sequence[int], salt: str) -> list[int]:
        """Give the slots of the longest beginning of these tokens that is kept, in order."""
        known = list(takewhile(self._slot_of.__contains__, names(tokens, salt)))
        self._touch(known)
        return [self._slot_of[name] for name in known]

    def claim(self, tokens: Sequence[int], salt: str) -> dict[int, int]:
        """Find a slot for each block of these tokens that has none; give the slots by the number of the block."""
        wanted = list(names(tokens, salt))[: self._slots]
        self._touch([name for name in wanted if name in self._slot_of])
        claimed: dict[int, int] = {}
        for number, name in enumerate(wanted):
            if name not in self._slot_of:
                claimed[number] = self._slot_of[name] = self._room()
        self._touch(wanted)
        return claimed

    def _touch(self, chain: Sequence[bytes]) -> None:
        for name in reversed(chain):
            self._slot_of.move_to_end(name)

    def _room(self) -> int:
        return self._free.pop() if self._free else self._slot_of.popitem(last=False)[1]


def names(tokens: Sequence[int], salt: str) -> Iterator[bytes]:
    """Name the whole blocks of a text, each by all that comes before it."""
    name = blake2b(salt.encode()).digest()
    for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
        name = blake2b(name + array("q", tokens[start : start + BLOCK]).tobytes()).digest()
        yield name
