"""Waiting for what has to come, as long as the slowest machine may need: nothing is told of how fast it came."""

import asyncio
from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import Any

import psutil

ENOUGH = 120.0
"""Seconds after which what did not come will not."""


async def until(look: Callable[[], Any], pause: float = 0.005) -> Any:
    """Wait until ``look`` finds something, and return it."""
    async with asyncio.timeout(ENOUGH):
        while True:
            found = look()
            if isawaitable(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(pause)


def gone(process: int) -> bool:
    """Tell whether a process has ended."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


soon = partial(until, pause=0)
"""Wait so for what happens between two turns of the event loop."""
