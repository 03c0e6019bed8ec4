"""How many tokens a text has."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import Final

REMEMBERED: Final = 4096
AT_ONCE: Final = 4
BYTES_A_TOKEN: Final = 3


def estimate(text: str) -> int:
    """Guess the tokens of a text, rather too many: English has about four bytes a token, we take three.

    Scripts of several bytes a character stay on the safe side by counting bytes; never fewer than words.
    """
    return max(-(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN), len(text.split()))


class Counter:
    """Counts by asking, a few texts at a time, and remembers the latest answers by the texts' digests."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, int] = OrderedDict()
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def count(self, texts: Sequence[str], ask: Callable[[str], Awaitable[int]]) -> list[int]:
        """Return the tokens of each text. Raises what ``ask`` raises."""
        digests = [blake2b(text.encode("utf-8", "replace"), digest_size=16).digest() for text in texts]
        found = {digest: self._known[digest] for digest in digests if digest in self._known}
        missing = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in found}
        try:
            async with asyncio.TaskGroup() as group:
                asked = {key: group.create_task(self._one(text, ask)) for key, text in missing.items()}
        except BaseExceptionGroup as faults:
            raise faults.exceptions[0] from None
        found |= {digest: task.result() for digest, task in asked.items()}
        self._remember(found)
        return [found[digest] for digest in digests]

    async def _one(self, text: str, ask: Callable[[str], Awaitable[int]]) -> int:
        async with self._gate:
            return await ask(text)

    def _remember(self, counts: dict[bytes, int]) -> None:
        for digest, count in counts.items():
            self._known[digest] = count
            self._known.move_to_end(digest)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
