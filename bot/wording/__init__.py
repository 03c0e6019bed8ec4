"""Every answer, event and fault in a person's words: what happened, and what to do next.

Nothing here mentions a person in a way that pings, and nothing means by an emoji alone.
"""

from bot.wording.events import event
from bot.wording.faults import explain, fault
from bot.wording.guide import card, help_text, how_to_take_part, mode
from bot.wording.notices import say
from bot.wording.pages import (
    byline,
    choice_line,
    drafting_line,
    none_line,
    outcome,
    unadded,
    votes_in,
)
from bot.wording.reports import NO_NEWS, history_line, session_line, status_lines

__all__ = [
    "NO_NEWS",
    "byline",
    "card",
    "choice_line",
    "drafting_line",
    "event",
    "explain",
    "fault",
    "help_text",
    "history_line",
    "how_to_take_part",
    "mode",
    "none_line",
    "outcome",
    "say",
    "session_line",
    "status_lines",
    "unadded",
    "votes_in",
]
