"""One hand-over to SQLite's thread a statement.

aiosqlite crosses to its thread and back to make a cursor, to execute, to fetch and to close: four times a
statement, which under load is most of what a transaction costs. This cursor does all of it in one crossing.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiosqlite import Connection

CHUNK = 64


class OneHopCursor:
    """What SQLAlchemy needs of a cursor. Rows are fetched with the statement: all our results are small."""

    def __init__(self, connection: "OneHopConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.arraysize = 1
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> "OneHopCursor":
        return self

    async def execute(self, operation: str, parameters: Sequence[Any] = ()) -> None:
        """Execute and fetch. Raises sqlite3.Error."""
        await self._connection.hop(self._execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute for each of ``parameters``. Raises sqlite3.Error."""
        await self._connection.hop(self._executemany, operation, parameters)

    async def fetchall(self) -> list[Any]:
        """Return all rows."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows; the cursor itself was closed where it was opened."""
        self._rows = []

    def _execute(self, connection: sqlite3.Connection, operation: str, parameters: Sequence[Any]) -> None:
        self._take(connection.execute(operation, parameters))

    def _executemany(
        self, connection: sqlite3.Connection, operation: str, parameters: Sequence[Sequence[Any]]
    ) -> None:
        self._take(connection.executemany(operation, parameters))

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class OneHopConnection(Connection):
    """An aiosqlite connection whose cursors cross to its thread once a statement."""

    def cursor(self) -> OneHopCursor:  # type: ignore[override]
        """Return a cursor."""
        return OneHopCursor(self)

    async def hop(self, work: Any, *arguments: Any) -> None:
        """Run ``work`` in the connection's thread, with the connection in front of ``arguments``."""
        await self._execute(work, self._conn, *arguments)  # pyright: ignore[reportUnknownMemberType] - untyped there


def connection(path: Path, busy_timeout: float) -> OneHopConnection:
    """Return a connection to be awaited, whose transactions are begun by hand."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)

    made = OneHopConnection(connect, CHUNK)
    # As SQLAlchemy does with its own, so that no exit waits for the thread.
    made._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
    return made
