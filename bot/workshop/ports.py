"""What the workshop asks of the layers above it: a ledger, a model, a courier. Each is a Protocol."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.story.ballot import Ballot, BallotState, Candidate, Vote
from bot.story.manuscript import (
    BallotId,
    JobId,
    Passage,
    PassageId,
    Session,
    SessionId,
    SessionState,
)
from bot.story.people import Member, Participant
from bot.story.plan import Beat, Plan
from bot.story.presets import Preset
from bot.workshop.notices import Notice
from bot.workshop.people_records import Heard, OwedAnswers, Privacy, Sweeps
from bot.workshop.records import (
    AuditEntry,
    Event,
    Job,
    JobState,
    ModelInfo,
    ModelRequest,
    NewJob,
    NewPassage,
    NewSession,
    OutboxRow,
    Shown,
)
from bot.workshop.statutes import Blocks, GuildSettings, Presets, Words


class Sessions(Protocol):
    """The sessions of all guilds; every look-up by a person's hand names the guild."""

    async def add(self, new: NewSession) -> Session: ...
    async def get(self, guild: str, session: SessionId) -> Session | None: ...
    async def by_id(self, session: SessionId) -> Session:
        """For the bot's own errands, where no person named the session. Raises KeyError."""
        ...

    async def at(self, guild: str, thread: str) -> Session | None:
        """Return the session whose thread this is."""
        ...

    async def of_guild(self, guild: str, limit: int = 25) -> Sequence[Session]:
        """Return the guild's sessions: unfinished first, then the latest touched."""
        ...

    async def move_head(self, session: SessionId, head: PassageId | None, at: datetime) -> None: ...
    async def set_state(self, session: SessionId, state: SessionState, at: datetime) -> None: ...
    async def pin(self, session: SessionId, preset: Preset, at: datetime) -> None: ...
    async def set_thread(self, session: SessionId, thread: str) -> None: ...
    async def lose_thread(self, session: SessionId) -> None: ...
    async def move(self, session: SessionId, channel: str, at: datetime) -> None:
        """Let the session begin a thread anew, in that channel."""
        ...


class Passages(Protocol):
    """The passages of sessions."""

    async def add(self, new: NewPassage) -> Passage: ...
    async def get(self, session: SessionId, passage: PassageId) -> Passage | None: ...
    async def by_id(self, passage: PassageId) -> Passage:
        """For the bot's own errands, where no person named the passage. Raises KeyError."""
        ...

    async def branch(self, session: SessionId, head: PassageId | None) -> Sequence[Passage]:
        """Return the passages from the root to ``head``."""
        ...

    async def told(self, session: SessionId, head: PassageId | None, passage: PassageId) -> bool:
        """Tell whether a passage is on the way from the root to ``head``."""
        ...

    async def beside(self, session: SessionId, head: PassageId | None) -> Sequence[Passage]:
        """Return the passages with a text that are not on the way to ``head``, the newest first."""
        ...

    async def erase(self, passage: PassageId) -> Sequence[PassageId]:
        """Take the text out of a passage and of those that stand on its page, for a moderator; return them."""
        ...

    async def pages(self, session: SessionId, passages: Sequence[PassageId]) -> Sequence[str]:
        """Return the keys of all pages that show one of the passages: as prose, as work, as a candidate."""
        ...

    async def place(self, passage: PassageId, page: str, chosen_by: BallotId | None = None) -> None:
        """Note that the passage joined the story, on which page, and by which ballot."""
        ...


class Ballots(Protocol):
    """Ballots, their candidates and votes."""

    async def add(self, session: SessionId, parent: PassageId | None, opener: str) -> Ballot:
        """Begin a ballot in state draft."""
        ...

    async def get(self, ballot: BallotId) -> Ballot | None: ...
    async def current(self, session: SessionId) -> Ballot | None:
        """Return the session's ballot in state draft or open; there is at most one."""
        ...

    async def open_in(self, guild: str) -> Sequence[Ballot]:
        """Return the guild's ballots in state open."""
        ...

    async def open(
        self, ballot: BallotId, order: Sequence[PassageId], opened: datetime, closes: datetime
    ) -> bool:
        """Number the candidates in ``order`` and open the draft; False when it is not a draft any more."""
        ...

    async def settle(
        self,
        ballot: BallotId,
        expected: BallotState,
        state: BallotState,
        winner: PassageId | None = None,
        drawn: bool = False,
    ) -> bool:
        """Move the ballot to a final state, once: False when it is not in ``expected`` any more."""
        ...

    async def extend(self, ballot: BallotId, closes: datetime) -> bool:
        """Give an open ballot its one later deadline; False when it is not open or had it already."""
        ...

    async def add_candidate(
        self, ballot: BallotId, passage: PassageId, number: int | None, at: datetime
    ) -> None:
        """Add a candidate; with a number, the ballot's ``latest_candidate`` becomes ``at``."""
        ...

    async def candidates(self, ballot: BallotId) -> Sequence[tuple[Candidate, Passage]]:
        """Return the candidates by number, unnumbered ones by age."""
        ...

    async def vote(self, ballot: BallotId, member: str, choice: int, at: datetime) -> bool:
        """Take or change a vote; True when it replaced another choice."""
        ...

    async def withdraw(self, ballot: BallotId, choice: int) -> None:
        """Take all votes for a choice out."""
        ...

    async def votes(self, ballot: BallotId) -> Sequence[Vote]: ...


class Jobs(Protocol):
    """The model's work."""

    async def add(self, new: NewJob) -> Job: ...
    async def get(self, job: JobId) -> Job | None: ...
    async def running(self, session: SessionId | None = None) -> Sequence[Job]:
        """Return the jobs in state running, of one session or of all."""
        ...

    async def of_person(self, guild: str, member: str) -> Sequence[Job]:
        """Return the jobs in state running that a member asked for in a guild."""
        ...

    async def end(
        self, job: JobId, state: JobState, passage: PassageId | None = None, fault: str | None = None
    ) -> bool:
        """End a running job, once: False when it has ended already."""
        ...

    async def set_passage(self, job: JobId, passage: PassageId) -> None: ...


class People(Protocol):
    """Who takes part."""

    async def touch(self, session: SessionId, member: Member, at: datetime) -> None: ...
    async def of(self, session: SessionId) -> Sequence[Participant]: ...


class Diary(Protocol):
    """What happened: events of sessions, and the audit of a guild."""

    async def record(
        self, session: SessionId, kind: str, actor: Member, at: datetime, facts: Mapping[str, object]
    ) -> int: ...
    async def event(self, event: int) -> Event | None: ...
    async def audited(self, guild: str, offset: int, limit: int) -> tuple[Sequence[AuditEntry], int]:
        """Return a guild's audit entries, the latest first, and how many there are in all."""
        ...

    async def audit(
        self, guild: str, kind: str, actor: Member, at: datetime, facts: Mapping[str, object]
    ) -> None: ...


class Deadlines(Protocol):
    """Moments at which the keeper looks at a ballot again."""

    async def set(self, ballot: BallotId, due: datetime) -> None: ...
    async def claim(self, now: datetime) -> Sequence[BallotId]:
        """Take out all that are due at ``now``; part of the transaction of their effect."""
        ...

    async def next(self) -> datetime | None: ...


class Receipts(Protocol):
    """Interactions that were carried out, and what they answered."""

    async def find(self, call: str) -> Notice | None: ...
    async def keep(self, call: str, notice: Notice, at: datetime) -> None: ...
    async def forget(self, before: datetime) -> None: ...


class Outbox(Protocol):
    """Pages to show, in order, and what is shown already."""

    async def add(self, session: SessionId, page: str) -> None: ...
    async def waiting(self) -> Sequence[SessionId]:
        """Return the sessions that have rows."""
        ...

    async def next(self, session: SessionId) -> OutboxRow | None: ...
    async def done(self, row: OutboxRow) -> None:
        """Drop all rows of the row's page up to this one: what was shown is the state they asked for."""
        ...

    async def drop(self, session: SessionId) -> int:
        """Give up all rows of a session whose thread is gone; return how many."""
        ...

    async def shown(self, page: str) -> Sequence[Shown]:
        """Return the page's messages by part."""
        ...

    async def known(self, place: str) -> Sequence[str]:
        """Return the ids of the messages in a place that are already matched to a page."""
        ...

    async def standing(self, kind: str) -> Sequence[str]:
        """Return the pages of a kind that have a message which nobody deleted."""
        ...

    async def put(self, shown: Shown) -> None:
        """Insert or replace one message of a page."""
        ...

    async def remove(self, page: str, part: int) -> None: ...
    async def gone(self, place: str) -> None:
        """Note that all messages in a place were deleted with it."""
        ...

    async def anew(self, session: SessionId, page: str) -> None:
        """Ask for the page to be shown as if it never was."""
        ...


class Plans(Protocol):
    """The outlines of plots; the latest that was finished is a session's plan."""

    async def ask(self, job: JobId, session: SessionId, acts: int) -> None:
        """Note that a job drafts an outline of so many acts."""
        ...

    async def acts(self, job: JobId) -> int | None:
        """Return how many acts a job drafts, None for one that drafts no outline."""
        ...

    async def latest_acts(self, session: SessionId) -> int | None:
        """Return how many acts were asked for last, None where no outline ever was."""
        ...

    async def keep(self, job: JobId, drafted: Sequence[Beat]) -> None:
        """Keep what a job drafted."""
        ...

    async def mark(self, plan: Plan, session: SessionId, passage: PassageId | None, told: int) -> None:
        """Note that after a passage, None for before the first, so many beats are told."""
        ...

    async def edit(self, plan: Plan, session: SessionId, beat: Beat, editor: str) -> None:
        """Give a beat another text."""
        ...

    async def of_job(self, job: JobId) -> Plan | None: ...
    async def of(self, session: SessionId) -> Plan | None: ...


class Transaction(Protocol):
    """Everything the ledger holds, within one transaction."""

    @property
    def sessions(self) -> Sessions: ...
    @property
    def passages(self) -> Passages: ...
    @property
    def ballots(self) -> Ballots: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def people(self) -> People: ...
    @property
    def diary(self) -> Diary: ...
    @property
    def deadlines(self) -> Deadlines: ...
    @property
    def receipts(self) -> Receipts: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def presets(self) -> Presets: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def settings(self) -> GuildSettings: ...
    @property
    def blocks(self) -> Blocks: ...
    @property
    def words(self) -> Words: ...
    @property
    def privacy(self) -> Privacy: ...
    @property
    def sweeps(self) -> Sweeps: ...
    @property
    def heard(self) -> Heard: ...
    @property
    def owed(self) -> OwedAnswers: ...


class Ledger(Protocol):
    """Where everything durable lives."""

    def writing(self, *, patient: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """One write transaction at a time; commits, durably, when the block ends without an exception.

        The patient let everybody else go first: a person's deed does not wait for the delivery's notes.

        A commit that began is not undone by cancellation. Raises StoreError.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[Transaction]:
        """A consistent snapshot to read from, beside any writer. Raises StoreError."""
        ...

    async def prove(self) -> None:
        """Write something that changes nothing. Raises StoreError, StoreFull also where the disk is nearly so."""
        ...

    async def drop_copies(self, word: str) -> int:
        """Delete the program's own copies of the store that hold ``word``; return how many. Raises OSError."""
        ...

    async def rewrite(self) -> None:
        """Leave nothing that was deleted in any file of the store. Raises StoreError."""
        ...


class Model(Protocol):
    """Any OpenAI-compatible server."""

    async def info(self) -> ModelInfo:
        """Raises ModelError."""
        ...

    async def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the tokens of each text; a cautious estimate where the server has no tokenizer."""
        ...

    async def adapters(self) -> Sequence[str]:
        """Return the names of the adapters that a request may name. Raises ModelError."""
        ...

    def stream(self, request: ModelRequest) -> AsyncGenerator[str, None]:
        """Yield pieces of text as they come. Closing the iterator stops the generation. Raises ModelError."""
        ...


class Courier(Protocol):
    """Carries pages to where people see them."""

    def collect(self, session: SessionId) -> None:
        """Rows were committed for this session."""
        ...

    def refresh(self, session: SessionId, page: str) -> None:
        """A live page has new text; shown when the pace allows, no promise that each change is."""
        ...
