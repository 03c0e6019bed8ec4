"""How long a durable commit takes: through the ledger, and through bare sqlite3 in the same run.

    python -m benchmarks.storage [commits]

Each commit is what a person's passage costs: the passage, the head, their activity, an outbox row and
a receipt, in one transaction with ``synchronous = FULL``; sqlite3 does the same statements by hand.
"""

import asyncio
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bot.storage import StoreLedger, open_store
from bot.story.manuscript import AiMode, Origin, Session
from bot.story.people import Member
from bot.story.presets import BUILT_IN
from bot.workshop.notices import PassageAdded
from bot.workshop.records import NewPassage, NewSession

ANN = Member("1", "Ann")
TEXT = "The door was green, and it had not been there in the morning. " * 8


def now() -> datetime:
    return datetime.now(UTC)


async def begin(ledger: StoreLedger) -> Session:
    new = NewSession("guild", "channel", "T", "story", "", BUILT_IN[0], AiMode.FULL, ANN, now())
    async with ledger.writing() as tx:
        await tx.presets.ensure(BUILT_IN)
        return await tx.sessions.add(new)


async def deed(ledger: StoreLedger, session: Session, call: str) -> None:
    async with ledger.writing() as tx:
        new = NewPassage(session.id, None, TEXT, Origin.HUMAN, ANN.id, ANN.name, now())
        passage = await tx.passages.add(new)
        await tx.sessions.move_head(session.id, passage.id, now())
        await tx.people.touch(session.id, ANN, now())
        await tx.outbox.add(session.id, f"passage:{passage.id}")
        await tx.receipts.keep(call, PassageAdded(session.id, passage.id), now())


async def through_the_ledger(path: Path, commits: int) -> list[float]:
    async with open_store(path, busy_timeout=5, now=now) as ledger:
        print(ledger.describe())
        session, times = await begin(ledger), list[float]()
        for number in range(commits):
            started = perf_counter()
            await deed(ledger, session, str(number))
            times.append(perf_counter() - started)
        return times


def bare(path: Path, commits: int) -> list[float]:
    with closing(sqlite3.connect(path, isolation_level=None)) as store:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            store.execute(f"PRAGMA {pragma}")
        return [timed(lambda number=number: bare_deed(store, f"bare {number}")) for number in range(commits)]


def bare_deed(store: sqlite3.Connection, call: str) -> None:
    store.execute("BEGIN IMMEDIATE")
    passage = store.execute(
        "INSERT INTO passages (session, text, origin, author, author_name, written)"
        " VALUES (1, ?, 'human', '1', 'Ann', 0)",
        (TEXT,),
    ).lastrowid
    store.execute("UPDATE sessions SET head = ?, touched = 0 WHERE id = 1", (passage,))
    store.execute("UPDATE participants SET name = 'Ann', last_active = 0 WHERE session = 1 AND member = '1'")
    store.execute("INSERT INTO outbox (session, page) VALUES (1, ?)", (f"passage:{passage}",))
    store.execute("INSERT INTO receipts VALUES (?, 'PassageAdded', '{}', 0)", (call,))
    store.execute("COMMIT")


def timed(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def line(name: str, times: Sequence[float]) -> str:
    ordered = sorted(times)
    p50, p99 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return (
        f"{name:<8} {len(times)} commits  p50 {p50:.2f} ms  p99 {p99:.2f} ms  max {1000 * ordered[-1]:.2f} ms"
    )


def main() -> None:
    commits = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        path = Path(folder) / "store.sqlite3"
        print(line("ledger", asyncio.run(through_the_ledger(path, commits))))
        print(line("sqlite3", bare(path, commits)))


if __name__ == "__main__":
    main()
