"""The courier: one lane for each session that has something to show."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.delivery.desk import Desk
from bot.delivery.lanes import Lane
from bot.delivery.pace import PATIENT, Pace
from bot.delivery.sender import S, Sender
from bot.delivery.showing import Showing
from bot.story.manuscript import SessionId


class Delivery:
    """Shows what the workshop keeps; the workshop's Courier.

    It can be handed to the workshop before it has a desk and a sender: a call while it is closed does
    nothing, as rows are durable and are looked for on opening.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        pace: Pace = PATIENT,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._now, self._pace, self._jitter = now, pace, jitter
        self._start: Callable[[SessionId], Lane[Any]] | None = None
        self._lanes: dict[SessionId, Lane[Any]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, desk: Desk, sender: Sender[S]) -> AsyncGenerator[None, None]:
        """Deliver until the block ends, beginning with what an earlier run left.

        The end is prompt: a post on its way is left in doubt, and the next opening looks for it.
        """
        showing = Showing(desk, sender, self._now)
        async with asyncio.TaskGroup() as group:

            def start(session: SessionId) -> Lane[S]:
                lane = Lane(session, desk, sender, showing, self._pace, self._jitter)
                task = group.create_task(self._run(session, lane), name=f"lane {session}")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                return lane

            self._start = start
            try:
                for session in await desk.waiting():
                    self.collect(session)
                yield
            finally:
                self._start = None
                self._lanes.clear()
                for task in self._tasks:
                    task.cancel()

    def collect(self, session: SessionId) -> None:
        """Show the rows that were committed for this session."""
        if (lane := self._lane(session)) is not None:
            lane.collect()

    def refresh(self, session: SessionId, page: str) -> None:
        """Show the newest text of a live page that stands already, when the pace allows."""
        if (lane := self._lane(session)) is not None:
            lane.refresh(page)

    async def quiet(self) -> None:
        """Wait until nothing is left to show. Rows that wait for a permission keep it waiting."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _lane(self, session: SessionId) -> Lane[Any] | None:
        if session not in self._lanes and self._start is not None:
            self._lanes[session] = self._start(session)
        return self._lanes.get(session)

    async def _run(self, session: SessionId, lane: Lane[Any]) -> None:
        try:
            await lane.run()
        finally:
            self._lanes.pop(session, None)
