"""What can stand in the way of a deed. Each error carries facts; ``bot.wording`` says them.

WorkshopError
├── NoSessionHere, SessionOver, NoSuchSession, NoSuchPreset, ModelIsSilent
├── NotAllowed, NeedsConfirmation, ThreadStands
├── EmptyText, CommandTyped, TextTooLong, BallotFull
├── NothingToUndo, NotYours, NotYourData, NothingToRetry, Outdated
├── AlreadyWriting, VoteUnderWay, BeingDrafted
├── NoOutline, NoFurtherBeat, NoSuchBeat
├── NoBallot, BallotOver, NoSuchCandidate, CandidateRemoved, NoQuorum
├── ModelError: ModelDown, ModelBusy, ModelTimedOut, ModelNonsense, ModelUnfit, ModelRefused, AdapterMissing,
│   AdapterUnfit, OutlineMalformed, Unforeseen
├── StoreError: StoreBusy, StoreFull, StoreBroken: StoreReadOnly
└── what a server's own order refuses: refusals.py
"""

from dataclasses import dataclass
from datetime import datetime

from bot.story.manuscript import BallotId, JobId


class WorkshopError(Exception):
    """Anything that a person is told instead of the answer they hoped for."""


@dataclass(eq=False)
class NoSessionHere(WorkshopError):
    """The command was given where no session lives."""


@dataclass(eq=False)
class SessionOver(WorkshopError):
    """The session is finished."""

    title: str


@dataclass(eq=False)
class NoSuchSession(WorkshopError):
    """No session of this guild has that number."""

    number: int


@dataclass(eq=False)
class NoSuchPreset(WorkshopError):
    """No preset has that name."""

    name: str
    known: tuple[str, ...]


@dataclass(eq=False)
class ModelIsSilent(WorkshopError):
    """The session is written without the model."""

    title: str


@dataclass(eq=False)
class NotAllowed(WorkshopError):
    """Only the session's opener or a moderator may do this."""

    deed: str


@dataclass(eq=False)
class NeedsConfirmation(WorkshopError):
    """The deed has a cost that its doer should agree to first: ``undo``, ``finish``, ``forget-…``."""

    deed: str
    drafting: bool
    voting: bool

    @property
    def concerns_a_person(self) -> bool:
        """Whether it is about the doer's own data and no session."""
        return self.deed.startswith("forget-")


@dataclass(eq=False)
class ThreadStands(WorkshopError):
    """The session has its thread, so it needs no other."""

    title: str


@dataclass(eq=False)
class EmptyText(WorkshopError):
    """Nothing in the text can be seen."""


@dataclass(eq=False)
class CommandTyped(WorkshopError):
    """A command came as a plain message, where such are writing."""


@dataclass(eq=False)
class TextTooLong(WorkshopError):
    """The text is longer than a passage may be; it goes back to its writer in full."""

    text: str
    limit: int


@dataclass(eq=False)
class BallotFull(WorkshopError):
    """The ballot has all the candidates it can hold; the text goes back to its writer in full."""

    text: str
    limit: int


@dataclass(eq=False)
class NothingToUndo(WorkshopError):
    """The story has no passage yet."""


@dataclass(eq=False)
class NotYours(WorkshopError):
    """The newest passage is somebody else's, or was chosen by a vote."""

    chosen: bool


@dataclass(eq=False)
class NotYourData(WorkshopError):
    """Each person may ask about their own data alone."""

    name: str


@dataclass(eq=False)
class NothingToRetry(WorkshopError):
    """The newest passage is not the model's."""


@dataclass(eq=False)
class Outdated(WorkshopError):
    """The button belongs to a moment that has passed."""


@dataclass(eq=False)
class AlreadyWriting(WorkshopError):
    """The model is at work in this session already."""

    asker: str
    job: JobId


@dataclass(eq=False)
class VoteUnderWay(WorkshopError):
    """A ballot is open; what comes next is decided there."""

    ballot: BallotId


@dataclass(eq=False)
class BeingDrafted(WorkshopError):
    """Candidates for a vote are being written; the vote opens when they are there."""

    asker: str


@dataclass(eq=False)
class NoOutline(WorkshopError):
    """The session follows no outline; ``wanting`` where it is a plot, whose outline never came."""

    title: str
    wanting: bool = False


@dataclass(eq=False)
class NoFurtherBeat(WorkshopError):
    """All beats are told, or going ``back``, none is."""

    back: bool


@dataclass(eq=False)
class NoSuchBeat(WorkshopError):
    """The outline has no beat of that number; None was meant the current one, and all are told."""

    number: int | None
    beats: int


@dataclass(eq=False)
class NoBallot(WorkshopError):
    """No vote is open in this session."""


@dataclass(eq=False)
class BallotOver(WorkshopError):
    """The vote is closed or cancelled."""

    cancelled: bool


@dataclass(eq=False)
class NoSuchCandidate(WorkshopError):
    """The ballot has no candidate of that number."""

    number: int
    candidates: int


@dataclass(eq=False)
class CandidateRemoved(WorkshopError):
    """The candidate's text was taken out, so nobody can vote for it."""

    number: int


@dataclass(eq=False)
class NoQuorum(WorkshopError):
    """Fewer people voted than the session asks for."""

    votes: int
    needed: int
    closes: datetime | None


class ModelError(WorkshopError):
    """The model gave no text. Carries nothing of the server's own words."""


@dataclass(eq=False)
class ModelDown(ModelError):
    """No model server answers."""


@dataclass(eq=False)
class ModelBusy(ModelError):
    """The model server's queue is full."""

    retry_after: float | None = None


@dataclass(eq=False)
class ModelTimedOut(ModelError):
    """The model server accepted the request and then said nothing for too long."""

    seconds: float


@dataclass(eq=False)
class ModelNonsense(ModelError):
    """The model server's answer is not what the protocol promises, or holds no text."""


@dataclass(eq=False)
class ModelUnfit(ModelError):
    """Each of the model's tries held something from the server's word list."""


@dataclass(eq=False)
class OutlineMalformed(ModelError):
    """What the model gave for an outline of so many acts could not be made one, however often it was asked."""

    acts: int


@dataclass(eq=False)
class ModelRefused(ModelError):
    """The model server turned the request down: a wrong key, an unknown model, a bad parameter."""

    status: int


@dataclass(eq=False)
class AdapterMissing(ModelError):
    """The model server does not have the adapter that a style is written with."""

    adapter: str


@dataclass(eq=False)
class AdapterUnfit(ModelError):
    """The model server cannot lay the adapter that a style is written with over its model."""

    adapter: str


@dataclass(eq=False)
class Unforeseen(ModelError):
    """The work on the request met a fault of our own each time it was tried."""


class StoreError(WorkshopError):
    """The store could not keep or give what was asked; nothing was changed."""


@dataclass(eq=False)
class StoreBusy(StoreError):
    """The database is locked by somebody else."""


@dataclass(eq=False)
class StoreFull(StoreError):
    """The disk is full."""


@dataclass(eq=False)
class StoreBroken(StoreError):
    """The database answers with a fault of another kind."""


@dataclass(eq=False)
class StoreReadOnly(StoreBroken):
    """The database's file or disk lets nobody write."""
