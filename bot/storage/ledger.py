"""The ledger: one writer, several readers, and every transaction whole."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import disk_usage
from typing import Final

from sqlalchemy import text

from bot.storage.ballots import StoredBallots
from bot.storage.deadlines import StoredDeadlines
from bot.storage.diary import StoredDiary
from bot.storage.erasing import drop_copies, rewrite
from bot.storage.heard import StoredHeard
from bot.storage.jobs import StoredJobs
from bot.storage.lender import Lender
from bot.storage.link import Link, transaction
from bot.storage.outbox import StoredOutbox
from bot.storage.owed import StoredOwed
from bot.storage.passages import StoredPassages
from bot.storage.people import StoredPeople
from bot.storage.plans import StoredPlans
from bot.storage.presets import StoredPresets
from bot.storage.privacy import StoredPrivacy
from bot.storage.receipts import StoredReceipts
from bot.storage.sessions import StoredSessions
from bot.storage.statutes import StoredBlocks, StoredGuildSettings, StoredWords
from bot.storage.sweeps import StoredSweeps
from bot.workshop.errors import StoreFull

ROOM: Final = 64 << 20
"""Bytes that are free on a disk which is not nearly full."""


class StoreTransaction:
    """Everything the store holds, within one transaction; ``link`` speaks to the database itself."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.sessions = StoredSessions(link)
        self.passages = StoredPassages(link)
        self.ballots = StoredBallots(link)
        self.jobs = StoredJobs(link)
        self.people = StoredPeople(link)
        self.diary = StoredDiary(link)
        self.deadlines = StoredDeadlines(link)
        self.receipts = StoredReceipts(link)
        self.outbox = StoredOutbox(link)
        self.presets = StoredPresets(link)
        self.plans = StoredPlans(link)
        self.settings = StoredGuildSettings(link)
        self.blocks = StoredBlocks(link)
        self.words = StoredWords(link)
        self.privacy = StoredPrivacy(link)
        self.sweeps = StoredSweeps(link)
        self.heard = StoredHeard(link)
        self.owed = StoredOwed(link)


class StoreLedger:
    """The workshop's ledger over a database."""

    def __init__(self, path: Path, writer: Lender, readers: Lender, description: str) -> None:
        self._path = path
        self._writer = writer
        self._readers = readers
        self._description = description

    @asynccontextmanager
    async def writing(self, *, patient: bool = False) -> AsyncGenerator[StoreTransaction]:
        """Write, alone; what the block did is durable when it ends without an exception.

        The patient let everybody else go first.

        Cancelled before its commit began it leaves nothing, afterwards everything.
        """
        async with self._writer.lend(patient=patient) as connection, transaction(connection) as link:
            yield StoreTransaction(link)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[StoreTransaction]:
        """Read from one snapshot, beside the writer, or inside its block: then without its changes."""
        async with self._readers.lend() as connection, transaction(connection) as link:
            yield StoreTransaction(link)

    async def drop_copies(self, word: str) -> int:
        """Delete the program's own copies of the database that hold ``word``. Raises OSError."""
        return await asyncio.to_thread(drop_copies, self._path, word)

    async def rewrite(self) -> None:
        """Leave nothing that was deleted in the file or its log; others write when it is done."""
        async with self._writer.lend(patient=True) as connection:
            await rewrite(connection)

    async def prove(self, room: int = ROOM) -> None:
        """Commit a write that changes nothing, and see that the disk has ``room`` left. Raises StoreError."""
        async with self.writing() as tx:
            version = await tx.link.value(text("PRAGMA user_version"))
            await tx.link.run(text(f"PRAGMA user_version = {version:d}"))
        if (await asyncio.to_thread(disk_usage, self._path.parent)).free < room:
            raise StoreFull

    def describe(self) -> str:
        """Return one line on the database: which, how it keeps its journal, where."""
        return self._description
