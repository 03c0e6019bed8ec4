"""Deeds' statements run where they are asked for; what waits or reads much crosses to SQLite's thread.

aiosqlite crosses to its thread and back to make a cursor, to execute, to fetch and to close. Each crossing
is paid with two wake-ups, which on a busy machine cost a hundred times what a statement does: a deed of
fifteen statements then holds the one writing connection for a quarter of a second. So BEGIN, which may wait
for a lock, and COMMIT, which waits for the disk, cross; what stands between them meets neither.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiosqlite import Connection

CHUNK = 64
AT_ONCE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
"""How a statement begins that works on rows within a transaction, and so waits for nothing."""


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
        await self._connection.perform(self._execute, operation, parameters)

    async def executemany(self, operation: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Execute for each of ``parameters``. Raises sqlite3.Error."""
        await self._connection.perform(self._executemany, operation, parameters)

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
    """An aiosqlite connection whose cursors cross to its thread once a statement, or ``prompt``, only to wait."""

    prompt = False

    def cursor(self) -> OneHopCursor:  # type: ignore[override]
        """Return a cursor."""
        return OneHopCursor(self)

    async def perform(self, work: Any, operation: str, parameters: Any) -> None:
        """Do ``work`` on the connection: at once, or in its thread where the operation may have to wait."""
        if self.prompt and operation.lstrip().upper().startswith(AT_ONCE):
            work(self._conn, operation, parameters)
        else:
            await self._execute(work, self._conn, operation, parameters)  # pyright: ignore[reportUnknownMemberType] - untyped there


def connection(path: Path, busy_timeout: float, *, prompt: bool) -> OneHopConnection:
    """Return a connection to be awaited, whose transactions are begun by hand.

    A prompt one works on rows where it is asked to: right for deeds, whose statements meet few rows each.
    What reads whole stories crosses to its thread, and the event loop goes on meanwhile.
    """

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=busy_timeout, isolation_level=None, check_same_thread=False)

    made = OneHopConnection(connect, CHUNK)
    made.prompt = prompt
    # As SQLAlchemy does with its own, so that no exit waits for the thread.
    made._thread.daemon = True  # pyright: ignore[reportPrivateUsage]
    return made
