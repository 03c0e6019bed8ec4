"""Connections that are opened once, held for life and lent in turn."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.unbroken import unbroken
from bot.workshop.errors import StoreBusy


class Lender:
    """Lends its connections, each to one borrower at a time: first come first served, the patient last."""

    def __init__(self, connections: Sequence[AsyncConnection], patience: float) -> None:
        self._free = list(connections)
        self._prompt: deque[asyncio.Future[AsyncConnection]] = deque()
        self._patient: deque[asyncio.Future[AsyncConnection]] = deque()
        self._patience = patience

    @asynccontextmanager
    async def lend(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        """Wait for a connection; the patient let everybody else go first.

        Raises StoreBusy when none comes free within the patience.
        """
        connection = self._free.pop() if self._free else await self._turn(patient)
        try:
            yield connection
        finally:
            self._give(connection)

    async def _turn(self, patient: bool) -> AsyncConnection:
        turn = asyncio.get_running_loop().create_future()
        (self._patient if patient else self._prompt).append(turn)
        try:
            async with asyncio.timeout(self._patience):
                return await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._give(turn.result())
            if isinstance(error, TimeoutError):
                raise StoreBusy from error
            raise

    def _give(self, connection: AsyncConnection) -> None:
        """Hand a connection to who waits for it next; nobody waits while one is free."""
        for queue in (self._prompt, self._patient):
            while queue:
                turn = queue.popleft()
                if not turn.done():
                    turn.set_result(connection)
                    return
        self._free.append(connection)


@asynccontextmanager
async def lending(engine: AsyncEngine, count: int, patience: float) -> AsyncGenerator[Lender]:
    """Open ``count`` connections and close them, and the engine, at the end."""
    connections = list[AsyncConnection]()
    try:
        await unbroken(_open(engine, count, connections))
        yield Lender(connections, patience)
    finally:
        await unbroken(_close(engine, connections))


async def _open(engine: AsyncEngine, count: int, into: list[AsyncConnection]) -> None:
    for _ in range(count):
        into.append(await engine.connect())


async def _close(engine: AsyncEngine, connections: list[AsyncConnection]) -> None:
    for connection in connections:
        await connection.close()
    await engine.dispose()
