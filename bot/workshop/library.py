"""The library: what people read, without changing anything."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.story.ballot import BallotState
from bot.story.manuscript import BallotId, Passage, Session, SessionId, SessionState, legible
from bot.workshop.acts import Act, Deeds, session_of
from bot.workshop.binder import Binder, choice
from bot.workshop.errors import ModelError, NoBallot, NoSuchSession, StoreBusy, StoreError
from bot.workshop.outlines import no_outline
from bot.workshop.pages import Choice, OutlinePage, Page
from bot.workshop.ports import Model
from bot.workshop.records import ModelInfo

STATUS_SECONDS = 2.0
SESSIONS_LISTED = 25


@dataclass(frozen=True, slots=True)
class History:
    """A session and its story, root first."""

    session: Session
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A file to hand out."""

    filename: str
    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the house is: ``model_fault`` and ``store_fault`` name the error class where something is wrong."""

    model: ModelInfo | None
    model_fault: str | None
    sessions: int
    writing: int
    store: str
    store_fault: str | None = None


@dataclass(slots=True)
class Library:
    """Where people read."""

    deeds: Deeds
    model: Model
    binder: Binder
    markdown: Callable[[History], Export]
    store: str

    async def session(self, act: Act) -> Session:
        """Return the session that an act is about. Raises NoSessionHere, NoSuchSession."""
        async with self.deeds.ledger.reading() as tx:
            return await session_of(tx, act)

    async def find(self, guild: str, number: int) -> Session:
        """Return a guild's session by its number. Raises NoSuchSession."""
        async with self.deeds.ledger.reading() as tx:
            found = await tx.sessions.get(guild, SessionId(number))
        if found is None:
            raise NoSuchSession(number=number)
        return found

    async def sessions(self, guild: str) -> Sequence[Session]:
        """Return a guild's sessions, unfinished first, then the latest touched."""
        async with self.deeds.ledger.reading() as tx:
            return await tx.sessions.of_guild(guild, SESSIONS_LISTED)

    async def history(self, act: Act) -> History:
        """Return the story of a session. Raises NoSessionHere, NoSuchSession."""
        async with self.deeds.ledger.reading() as tx:
            session = await session_of(tx, act)
            return History(session, tuple(await tx.passages.branch(session.id, session.head)))

    async def ballot(self, act: Act) -> Page | None:
        """Return the page of the session's open ballot, if there is one. Raises NoSessionHere, NoSuchSession."""
        async with self.deeds.ledger.reading() as tx:
            session = await session_of(tx, act)
            found = await tx.ballots.current(session.id)
            if found is None or found.state is not BallotState.OPEN:
                return None
            return await self.binder.bind(tx, f"ballot:{found.id}")

    async def outline(self, act: Act) -> Page | None:
        """Return the page of a plot's outline, if there is one. Raises NoSessionHere, NoSuchSession."""
        async with self.deeds.ledger.reading() as tx:
            session = await session_of(tx, act)
            plan = await tx.plans.of(session.id)
            return await self.binder.bind(tx, f"turn:{plan.job}") if plan else None

    async def plan(self, act: Act) -> OutlinePage:
        """Return a plot's outline. Raises NoSessionHere, NoSuchSession, NoOutline."""
        page = await self.outline(act)
        if not isinstance(page, OutlinePage):
            raise no_outline(await self.session(act))
        return page

    async def candidates(self, act: Act, ballot: BallotId) -> tuple[Choice, ...]:
        """Return a ballot's candidates in full, still blind while it is open. Raises NoBallot."""
        async with self.deeds.ledger.reading() as tx:
            session = await session_of(tx, act)
            found = await tx.ballots.get(ballot)
            if found is None or found.session != session.id or found.state is BallotState.DRAFT:
                raise NoBallot
            return tuple(
                choice(item.number or 0, passage, None)
                for item, passage in await tx.ballots.candidates(ballot)
            )

    async def export_markdown(self, act: Act) -> Export:
        """Return the story as a Markdown file with credits, without what was removed from it.

        Raises NoSessionHere, NoSuchSession.
        """
        whole = await self.history(act)
        return self.markdown(replace(whole, passages=tuple(legible(whole.passages))))

    async def presets(self, guild: str) -> Sequence[str]:
        """Return the names of the presets that a guild can use."""
        async with self.deeds.ledger.reading() as tx:
            return await tx.presets.names(guild)

    async def status(self, guild: str) -> Status:
        """Return how the house is, within a few seconds whatever the model and the store do."""
        async with self.deeds.ledger.reading() as tx:
            sessions = await tx.sessions.of_guild(guild, SESSIONS_LISTED)
            writing = await tx.jobs.running()
        (model, fault), unkept = await asyncio.gather(self._model(), self._store())
        going_on = sum(session.state is not SessionState.FINISHED for session in sessions)
        return Status(model, fault, going_on, len(writing), self.store, unkept)

    async def _model(self) -> tuple[ModelInfo | None, str | None]:
        try:
            async with asyncio.timeout(STATUS_SECONDS):
                return await self.model.info(), None
        except ModelError as fault:
            return None, type(fault).__name__
        except TimeoutError:
            return None, "ModelTimedOut"

    async def _store(self) -> str | None:
        try:
            async with asyncio.timeout(STATUS_SECONDS):
                await self.deeds.ledger.prove()
        except StoreError as fault:
            return type(fault).__name__
        except TimeoutError:
            return StoreBusy.__name__
        return None
