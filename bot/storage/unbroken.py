"""Work that finishes once it has begun, whoever loses patience meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


async def unbroken(work: Coroutine[Any, Any, Result]) -> Result:
    """Await ``work`` to its end; a cancellation that comes meanwhile is raised after it.

    The driver's thread cannot be called back: a statement whose caller is cancelled runs all the same.
    So nobody leaves before its outcome is known, and "cancelled" never means "half done".
    """
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as cancellation:
            cancelled = cancellation
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        task.exception()
    raise cancelled
