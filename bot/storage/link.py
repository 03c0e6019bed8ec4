"""One transaction's link to the database: statements that finish, faults in the workshop's words."""

from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, Table, insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.faults import fault_of
from bot.storage.unbroken import unbroken
from bot.workshop.errors import StoreError

Record: TypeAlias = dict[str, Any]
Result = TypeVar("Result")


class Link:
    """What the repositories speak through while a transaction lasts. Every method raises StoreError."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._fault: StoreError | None = None

    async def run(
        self, statement: Executable, parameters: Sequence[Record] | None = None
    ) -> CursorResult[Any]:
        """Execute a statement, once or for each of ``parameters``."""
        return await self._finished(self._connection.execute(statement, parameters))

    async def all(self, statement: Executable) -> list[Record]:
        """Return the rows as mappings from column to value."""
        result = await self.run(statement)
        columns = tuple(result.keys())
        return [dict(zip(columns, row, strict=True)) for row in result]

    async def first(self, statement: Executable) -> Record | None:
        """Return the first row, if there is one."""
        rows = await self.all(statement)
        return rows[0] if rows else None

    async def value(self, statement: Executable) -> Any:
        """Return the first column of the first row, None where there is no row."""
        return (await self.run(statement)).scalar()

    async def values(self, statement: Executable) -> list[Any]:
        """Return the first column of all rows."""
        return list((await self.run(statement)).scalars())

    async def insert(self, table: Table, **values: Any) -> int:
        """Add a row and return its key."""
        added = (await self.run(insert(table).values(**values))).inserted_primary_key
        assert added is not None  # noqa: S101 - SQLAlchemy leaves it out for other statements only
        return added[0]

    async def changed(self, statement: Executable) -> bool:
        """Execute an update or a delete and tell whether it met any row."""
        return (await self.run(statement)).rowcount > 0

    async def upsert(self, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Update the row with that key, or insert it; nobody else writes in between."""
        found = [table.c[name] == value for name, value in key.items()]
        if not await self.changed(update(table).where(*found).values(**values)):
            await self.run(insert(table).values(**key, **values))

    async def begin(self) -> None:
        """Begin the transaction."""
        await self._finished(self._begin())

    async def commit(self) -> None:
        """Commit, unless a statement failed: what is kept is whole or not at all."""
        if self._fault is not None:
            raise self._fault
        await self._finished(self._connection.commit())

    async def undo(self) -> None:
        """Roll back what is not committed; nothing where all is."""
        await self._finished(self._connection.run_sync(_roll_back))

    async def _begin(self) -> None:
        await self._connection.begin()

    async def _finished(self, work: Coroutine[Any, Any, Result]) -> Result:
        try:
            return await unbroken(work)
        except DBAPIError as error:
            self._fault = fault_of(error)
            raise self._fault from error


@asynccontextmanager
async def transaction(connection: AsyncConnection) -> AsyncGenerator[Link]:
    """Give a link whose work is committed when the block ends without an exception, else undone."""
    link = Link(connection)
    try:
        await link.begin()
        yield link
        await link.commit()
    except BaseException:
        await link.undo()
        raise


def _roll_back(connection: Connection) -> None:
    """Roll back at the driver too: after a COMMIT that failed SQLAlchemy takes it for done."""
    connection.rollback()
    connection.connection.rollback()
