"""Pages: what stands in a session's channel and thread, as facts; the faces give them their look.

A page has a key that never changes and a content that follows the store, so showing a page twice,
or after a restart, shows the same page: the delivery posts it once and edits it from then on.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.story.ballot import Ballot
from bot.story.manuscript import JobId, Passage, Session
from bot.story.plan import Beat
from bot.workshop.records import JobState


@dataclass(frozen=True, slots=True)
class Page:
    """Base of all pages. ``key`` names it, e.g. ``passage:12``; ``session`` is whose thread it stands in."""

    key: str
    session: Session


@dataclass(frozen=True, slots=True)
class CardPage(Page):
    """The announcement in the channel from which the thread opens; the only page outside the thread."""


@dataclass(frozen=True, slots=True)
class OpeningPage(Page):
    """The thread's first message; ``fresh`` until the first passage or draft stands below it."""

    fresh: bool


@dataclass(frozen=True, slots=True)
class PassagePage(Page):
    """A passage of the story: ``newest`` carries the buttons, ``taken_back`` is no longer part of it."""

    passage: Passage
    newest: bool
    taken_back: bool


@dataclass(frozen=True, slots=True)
class WritingPage(Page):
    """A single continuation that streams into view, under Stop. ``waiting`` until its first words."""

    job: JobId
    asker: str
    text: str
    seconds: int


@dataclass(frozen=True, slots=True)
class DraftingPage(Page):
    """Several candidates being drafted, under Stop; ``over`` once the ballot is there or was given up."""

    job: JobId
    asker: str
    done: int
    wanted: int
    seconds: int
    over: bool


@dataclass(frozen=True, slots=True)
class PlanningPage(Page):
    """A plot's outline being drafted, under Stop; ``beats`` are those that are there, of ``acts`` acts."""

    job: JobId
    asker: str
    beats: tuple[Beat, ...]
    acts: int
    seconds: int


@dataclass(frozen=True, slots=True)
class OutlinePage(Page):
    """A plot's outline. ``current`` is the position of the beat that comes next, None when all is told.

    ``fresh`` until the story begins: another one can be asked for then. ``replaced`` by a later one.
    """

    job: JobId
    asker: str
    beats: tuple[Beat, ...]
    current: int | None
    fresh: bool
    replaced: bool


@dataclass(frozen=True, slots=True)
class UnaddedPage(Page):
    """A continuation that did not join the story: stopped, failed half-way, or for a head that has moved.

    Carries *Add anyway* and *Retry from here* while the session can take them. Once ``added`` after all
    its text stands on the page of a passage, and no longer here.
    """

    job: JobId
    asker: str
    passage: Passage | None
    ended: JobState
    actionable: bool
    added: bool = False


@dataclass(frozen=True, slots=True)
class FailedPage(Page):
    """The model gave nothing; ``fault`` is the name of the error class. Carries *Retry from here*."""

    job: JobId
    asker: str
    fault: str
    actionable: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A candidate as the ballot shows it; origin, author and votes are None until it closes."""

    number: int
    text: str
    by: str | None = None
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class BallotPage(Page):
    """A vote, open or over. ``needed`` is the quorum; ``none_votes`` is known once it is over."""

    ballot: Ballot
    choices: tuple[Choice, ...]
    voted: int
    needed: int
    winner: int | None = None
    none_votes: int | None = None


@dataclass(frozen=True, slots=True)
class HintPage(Page):
    """Something that one person was told below their message, and that has stood long enough: it has no look."""


@dataclass(frozen=True, slots=True)
class EventPage(Page):
    """Something everybody in the thread should know: ``kind`` of the event, who caused it, when."""

    kind: str
    actor: str
    at: datetime
