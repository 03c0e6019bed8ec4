"""Where pages stand, and which of them may move."""

from typing import Final

from bot.delivery.sender import PlaceGone
from bot.story.manuscript import SessionId
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    DraftingPage,
    FailedPage,
    Page,
    PassagePage,
    PlanningPage,
    UnaddedPage,
    WritingPage,
)

THREAD_ROW: Final = "thread:"


def card_key(session: SessionId) -> str:
    """Name the page from which the session's thread opens."""
    return f"card:{session}"


def place_of(page: Page) -> str:
    """Return the channel or thread that a page stands in. Raises PlaceGone where the thread never opened."""
    place = page.session.channel if isinstance(page, CardPage) else page.session.thread
    if place is None:
        raise PlaceGone(f"session {page.session.id} has no thread")
    return place


def may_vanish(page: Page) -> bool:
    """Tell whether a page that cannot be edited any more is better taken away: its text was removed."""
    return isinstance(page, PassagePage) and page.passage.removed


def may_move(page: Page) -> bool:
    """Tell whether a page that cannot be edited any more is worth standing anew at the thread's end.

    Only what people still act on: the thread hangs on its card, and an older passage keeps its order.
    """
    match page:
        case PassagePage(newest=newest):
            return newest
        case DraftingPage(over=over):
            return not over
        case UnaddedPage(actionable=actionable) | FailedPage(actionable=actionable):
            return actionable
        case _:
            return isinstance(page, BallotPage | WritingPage | PlanningPage)
