"""Connections that are opened once, held for life and lent in turn."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.storage.unbroken import unbroken
from bot.workshop.errors import StoreBusy


class Lender:
    """Lends its connections, first come first served, each to one borrower at a time."""

    def __init__(self, connections: Sequence[AsyncConnection], patience: float) -> None:
        self._free = list(connections)
        self._turns = asyncio.Semaphore(len(connections))
        self._patience = patience

    @asynccontextmanager
    async def lend(self) -> AsyncGenerator[AsyncConnection]:
        """Wait for a connection. Raises StoreBusy when none comes free within the patience."""
        await self._turn()
        connection = self._free.pop()
        try:
            yield connection
        finally:
            self._free.append(connection)
            self._turns.release()

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreBusy from error


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
