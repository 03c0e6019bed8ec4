"""A store on a real file, and the few words that most tests begin with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
from support.store import empty_store
from support.waiting import ENOUGH

from bot.storage import StoreLedger, StoreTransaction, open_store
from bot.story.manuscript import AiMode, Origin, Passage, PassageId, Session
from bot.story.people import Member
from bot.story.presets import BUILT_IN
from bot.workshop.errors import StoreBroken
from bot.workshop.records import NewJob, NewPassage, NewSession

Begin = Callable[..., Awaitable[Session]]
Write = Callable[..., Awaitable[Passage]]


@pytest.fixture
def moment() -> datetime:
    return datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
def ann() -> Member:
    return Member("1", "Ann")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "scriptorium.sqlite3"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store at the newest schema, made once."""
    return empty_store(tmp_path_factory.mktemp("store") / "migrated.sqlite3")


@pytest.fixture
def busy_timeout() -> float:
    """How long somebody waits for the database; a test in which that is in vain makes it short."""
    return ENOUGH


@pytest.fixture
async def ledger(
    path: Path, migrated: Path, moment: datetime, busy_timeout: float
) -> AsyncIterator[StoreLedger]:
    path.parent.mkdir()
    copyfile(migrated, path)
    async with open_store(path, busy_timeout=busy_timeout, now=lambda: moment) as ledger:
        async with ledger.writing() as tx:
            await tx.presets.ensure(BUILT_IN)
        yield ledger


@pytest.fixture
async def tx(ledger: StoreLedger) -> AsyncIterator[StoreTransaction]:
    """One write transaction around the test, which may break it on purpose."""
    with suppress(StoreBroken):
        async with ledger.writing() as tx:
            yield tx


@pytest.fixture
def new_session(ann: Member, moment: datetime) -> NewSession:
    return NewSession(
        guild="guild",
        channel="channel",
        title="The Door",
        form="story",
        premise="A door in the sea.",
        preset=BUILT_IN[0],
        ai=AiMode.FULL,
        opener=ann,
        created=moment,
    )


@pytest.fixture
def begin(new_session: NewSession) -> Begin:
    """Begin a session like ``new_session``, changed in what is given."""

    async def begin(tx: StoreTransaction, **changes: object) -> Session:
        return await tx.sessions.add(replace(new_session, **changes))

    return begin


@pytest.fixture
def write(ann: Member, moment: datetime) -> Write:
    """Add a passage to a session, below ``parent``."""

    async def write(
        tx: StoreTransaction, session: Session, parent: PassageId | None = None, **changes: object
    ) -> Passage:
        new = NewPassage(session.id, parent, "The door was green.", Origin.HUMAN, ann.id, ann.name, moment)
        return await tx.passages.add(replace(new, **changes))

    return write


@pytest.fixture
async def session(tx: StoreTransaction, begin: Begin) -> Session:
    return await begin(tx)


@pytest.fixture
def new_job(session: Session, ann: Member, moment: datetime) -> NewJob:
    return NewJob(
        session=session.id,
        parent=None,
        asker=ann.id,
        asker_name=ann.name,
        direction="Make it rain.",
        wanted=3,
        length="short",
        seed=2**63 - 1,
        asked=moment,
    )
