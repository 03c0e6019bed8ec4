"""Where the person at the keyboard is: which story is open, and what goes on in it."""

from dataclasses import dataclass

from bot.story.ballot import BallotState
from bot.story.manuscript import JobId, Session, SessionId
from bot.wording import drafting_line, mode, planning_line, votes_in
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    DraftingPage,
    EventPage,
    OpeningPage,
    Page,
    PlanningPage,
    UnaddedPage,
    WritingPage,
)


@dataclass(slots=True)
class Room:
    """The open session, as its newest page shows it.

    ``unadded`` is the model's last work that did not join the story and still can; ``news`` is the
    latest of the house, such as the model's loading.
    """

    session: Session | None = None
    activity: str = ""
    unadded: JobId | None = None
    news: str = ""

    @property
    def open(self) -> SessionId | None:
        """The open session's number."""
        return self.session.id if self.session else None

    def enter(self, session: Session) -> None:
        """Open a session."""
        self.session, self.activity, self.unadded = session, "", None

    def note(self, page: Page) -> None:
        """Learn from a page of the open session."""
        if page.session.id != self.open:
            return
        self.session = page.session
        activity = _activity(page)
        self.activity = self.activity if activity is None else activity
        if isinstance(page, UnaddedPage) and page.actionable:
            self.unadded = page.job

    def headline(self) -> str:
        """Say in a line where one is and what goes on."""
        return " | ".join(part for part in (self._here(), self.news) if part)

    def _here(self) -> str:
        if self.session is None:
            return "No story is open"
        return f"#{self.session.id} “{self.session.title}” – {self.activity or mode(self.session.ai)}"


def _activity(page: Page) -> str | None:
    """Say what goes on by a page; empty when nothing does any more, None when the page does not tell."""
    match page:
        case WritingPage():
            return f"the model is writing, {page.seconds} s, /stop stops it"
        case PlanningPage():
            return f"{planning_line(page)}, /stop stops it"
        case DraftingPage(over=False):
            return f"{drafting_line(page)}, /stop stops it"
        case BallotPage() if page.ballot.state is BallotState.OPEN:
            return f"a vote is open: {votes_in(page)}"
        case CardPage() | OpeningPage() | EventPage():
            return None
        case _:
            return ""
