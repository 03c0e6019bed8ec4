"""Pages drawn as plain text: prose that may grow, and notes below it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from bot.story.ballot import BallotState
from bot.story.manuscript import AiMode
from bot.story.text import clean
from bot.wording import (
    acts_of,
    byline,
    card,
    choice_line,
    event,
    fault,
    none_line,
    outcome,
    outline_place,
    outline_title,
    readable,
    unadded,
    votes_in,
    without_outline,
    words_of,
)
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    DraftingPage,
    EventPage,
    FailedPage,
    OpeningPage,
    OutlinePage,
    Page,
    PassagePage,
    PlanningPage,
    UnaddedPage,
    WritingPage,
)


@dataclass(frozen=True, slots=True)
class Note:
    """A line below the prose, or a paragraph of a vote; ``last`` has an empty line after it."""

    text: str
    dim: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as the terminal says it. An edit says only what is new: more prose, other notes."""

    page: Page
    prose: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A digest of all that is said."""
        said = "\0".join([self.prose, *(note.text for note in self.notes)])
        return sha256(said.encode()).hexdigest()[:16]


def draw(page: Page) -> Sheet:
    """Draw a page."""
    match page:
        case CardPage() | OpeningPage():
            return Sheet(page, notes=tuple(_beginning(page)))
        case PassagePage():
            return _prose(page, words_of(page.passage), byline(page.passage))
        case WritingPage():
            return Sheet(page, prose=clean(page.text))
        case UnaddedPage():
            return _unadded(page)
        case BallotPage():
            return Sheet(page, notes=tuple(_vote(page)))
        case _:
            return Sheet(page, notes=tuple(_news(page)))


def _prose(page: Page, text: str, below: str) -> Sheet:
    return Sheet(page, prose=clean(text), notes=(Note(f"— {one_line(below)}", dim=True, last=True),))


def _beginning(page: CardPage | OpeningPage) -> Iterable[Note]:
    session = page.session
    if isinstance(page, CardPage):
        yield Note(one_line(f"Story #{session.id} “{session.title}” – {card(session)}"))
        return
    if session.premise:
        yield Note(session.premise)
    if missing := without_outline(session):
        yield Note(missing, dim=True)
    yield Note(f"{_TAKING_PART[session.ai]} /help lists everything.", dim=True, last=True)


_TAKING_PART = {
    AiMode.FULL: "Type a line to add a passage, or let the model go on with /continue.",
    AiMode.SUGGESTIONS: "Type a line to add a passage. /continue lets the model suggest, and a vote decides.",
    AiMode.OFF: "Type a line to add a passage, or put one to the vote with /propose.",
}


def _unadded(page: UnaddedPage) -> Sheet:
    if page.passage is None:
        return Sheet(page, notes=(Note(unadded(page), dim=True, last=True),))
    offer = " /add anyway puts it into the story." if page.actionable else ""
    return _prose(page, words_of(page.passage), f"the model, asked by {page.asker}. {unadded(page)}{offer}")


def _news(page: Page) -> Iterable[Note]:
    match page:
        case FailedPage():
            yield Note(fault(page.fault), last=True)
        case EventPage():
            yield Note(one_line(event(page)), dim=True, last=True)
        case PlanningPage():
            yield Note("The model is drafting the outline. /stop stops it.", dim=True)
        case OutlinePage():
            yield from _outline(page)
        case DraftingPage(over=False):
            yield Note(f"The model is drafting: {page.done} of {page.wanted}. /stop stops it.", dim=True)
        case _:
            return


def _outline(page: OutlinePage) -> Iterable[Note]:
    yield Note(f"{outline_title(page)}:")
    for heading, beats in acts_of(page.beats):
        yield Note(one_line(heading))
        for beat in beats:
            yield Note(f"{beat.position}. {one_line(beat.text)}")
    yield Note(outline_place(page), dim=True, last=True)


def _vote(page: BallotPage) -> Iterable[Note]:
    if page.ballot.state is BallotState.OPEN:
        yield from _open_vote(page)
        return
    yield Note(outcome(page))
    for choice in page.choices:
        yield Note(f"· {one_line(choice_line(choice))}", dim=True)
    yield Note(f"· {none_line(page)}", dim=True, last=True)


def _open_vote(page: BallotPage) -> Iterable[Note]:
    yield Note("A vote on what comes next:")
    for choice in page.choices:
        yield Note(f"{choice.number}. {readable(choice.text)}", last=True)
    yield Note("None of these: /vote 0", dim=True)
    closes = f" It closes at {page.ballot.closes.astimezone():%H:%M}." if page.ballot.closes else ""
    last = len(page.choices)
    numbers = f"/vote 1 to /vote {last}" if last > 1 else "/vote 1"
    yield Note(f"Vote with {numbers}.{closes}", dim=True)
    yield Note(f"{votes_in(page)}.", dim=True)


def one_line(text: str) -> str:
    """Return the text on a single line."""
    return " ".join(clean(text).split())
