"""A whole workshop over a real database file, with a model that writes what it is told to."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.publish.markdown import markdown
from bot.storage import open_store
from bot.story.manuscript import AiMode, JobId, SessionId
from bot.story.people import Member
from bot.workshop.acts import Act, Limits
from bot.workshop.errors import AdapterMissing
from bot.workshop.records import JobState, ModelInfo, ModelRequest
from bot.workshop.sessions import Opening
from bot.workshop.workshop import Tools, Workshop, open_workshop
from support.store import empty_store
from support.waiting import until

ANN, BEN, CEM = Member("ann", "Ann"), Member("ben", "Ben"), Member("cem", "Cem")
MO = Member("mo", "Mo", moderator=True)


@dataclass
class BrokenOff:
    """A text after which the model fails."""

    text: str
    fault: Exception


@dataclass
class ScriptedModel:
    """A model whose texts, faults and pauses are written down in advance; without any it makes its own."""

    script: list[str | Exception | BrokenOff] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: int = 0
    lists: Sequence[str] | Exception = ()
    """The adapters that it has, or why it cannot be asked."""

    def __post_init__(self) -> None:
        self.gate.set()

    async def info(self) -> ModelInfo:
        return ModelInfo("scripted", 4096, exact_tokens=True)

    async def count(self, texts: Sequence[str]) -> Sequence[int]:
        return [len(text.split()) for text in texts]

    async def adapters(self) -> Sequence[str]:
        if isinstance(self.lists, Exception):
            raise self.lists
        return self.lists

    async def stream(self, request: ModelRequest) -> AsyncGenerator[str, None]:
        self.requests.append(request)
        if request.adapter and request.adapter not in await self.adapters():
            raise AdapterMissing(request.adapter)
        text = (
            self.script.pop(0)
            if self.script
            else f"Text number {request.seed} came, new as {request.seed % 97}."
        )
        if isinstance(text, Exception):
            raise text
        whole = text.text if isinstance(text, BrokenOff) else text
        try:
            for word in whole.split(" "):
                yield f"{word} "
                await self.gate.wait()
            if isinstance(text, BrokenOff):
                raise text.fault
        except GeneratorExit:
            self.stopped += 1
            raise


@dataclass
class SilentCourier:
    """Remembers which pages were refreshed."""

    refreshed: list[str] = field(default_factory=list)

    def collect(self, session: SessionId) -> None:
        pass

    def refresh(self, session: SessionId, page: str) -> None:
        self.refreshed.append(page)


@dataclass
class House:
    """A workshop with its clock and its model in hand."""

    path: Path
    model: ScriptedModel = field(default_factory=ScriptedModel)
    courier: SilentCourier = field(default_factory=SilentCourier)
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    workshop: Workshop = None
    ledger: object = None

    def now(self) -> datetime:
        return self.time

    def passes(self, **time: float) -> None:
        self.time += timedelta(**time)

    @asynccontextmanager
    async def opened(self):
        async with open_store(empty_store(self.path), busy_timeout=5, now=self.now) as ledger:
            tools = Tools(
                ledger=ledger,
                model=self.model,
                courier=self.courier,
                markdown=markdown,
                now=self.now,
                chance=random.Random(7),
                limits=Limits(),
                store="",
            )
            async with open_workshop(tools) as self.workshop:
                self.ledger = ledger
                yield self

    async def start(self, by: Member = ANN, ai: AiMode = AiMode.FULL) -> SessionId:
        opening = Opening(premise="A keeper finds a door in the sea.", ai=ai)
        session = SessionId(
            (await self.workshop.sessions.start(Act(by, "guild", "channel"), opening)).session
        )
        await self.workshop.desk.thread_opened(session, f"thread-{session}")
        return session

    async def story(self, session: SessionId) -> list[str]:
        history = await self.workshop.library.history(act(ANN, session))
        return [passage.text for passage in history.passages]

    async def ended(self, job: int) -> JobState:
        """Wait for a job's end."""

        async def end() -> JobState | None:
            async with self.ledger.reading() as tx:
                state = (await tx.jobs.get(JobId(job))).state
            return None if state is JobState.RUNNING else state

        return await until(end)

    async def swept(self) -> None:
        """Wait until nothing that was removed is left in the files."""

        async def done() -> bool:
            async with self.ledger.reading() as tx:
                return not await tx.sweeps.waiting()

        await until(done)

    async def rows(self, session: SessionId) -> list[str]:
        """Take everything out of a session's outbox, as a delivery would, and return the pages."""
        pages = []
        while row := await self.workshop.desk.next(session):
            pages.append(row.page)
            await self.workshop.desk.done(row, [])
        return pages


def act(by: Member, session: SessionId, call: str | None = None) -> Act:
    return Act(by, "guild", "elsewhere", call, session)
