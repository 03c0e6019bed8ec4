"""What the terminal reads out: a story's pages, the list of stories, where one arrives."""

from collections.abc import Sequence
from math import ceil
from typing import Final

from bot.story.manuscript import Passage, Session, SessionId
from bot.terminal.sheets import draw
from bot.wording import NO_NEWS, card, history_line, history_page, session_line, words_of
from bot.workshop.library import History
from bot.workshop.pages import Page

PAGE: Final = 10
ARRIVAL: Final = 3


def pages(history: History, number: int | None) -> str:
    """Return one page of the story, the last where no number is given or there are not that many."""
    last = max(1, ceil(len(history.passages) / PAGE))
    at = min(number or last, last)
    begin = (at - 1) * PAGE
    heading = f"“{history.session.title}” – {history_page(at, last, len(history.passages))}"
    return "\n\n".join([heading, *_numbered(history.passages, begin, begin + PAGE)])


def sessions(found: Sequence[Session], opened: SessionId | None) -> str:
    """Return the list of stories, the open one marked."""
    lines = [f"{session_line(each)}{' (open)' if each.id == opened else ''}" for each in found]
    return "\n".join(lines) or NO_NEWS


def arrival(history: History, outline: Page | None, vote: Page | None) -> str:
    """Return what one sees on entering a story: what it is, its outline, its last passages, the vote that is open."""
    session = history.session
    heading = f"Story #{session.id} “{session.title}” – {card(session)}"
    length = len(history.passages)
    passages = _numbered(history.passages, max(0, length - ARRIVAL), length)
    plan = ["\n".join(note.text for note in draw(outline).notes)] if outline else []
    candidates = [note.text for note in draw(vote).notes] if vote else []
    return "\n\n".join([heading, *plan, *passages, *candidates])


def _numbered(passages: Sequence[Passage], begin: int, end: int) -> list[str]:
    shown = enumerate(passages[begin:end], start=begin + 1)
    return [f"{history_line(number, passage)}\n{words_of(passage)}" for number, passage in shown]
