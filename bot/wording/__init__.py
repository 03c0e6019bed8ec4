"""Every answer, event and fault in a person's words: what happened, and what to do next.

Nothing here mentions a person in a way that pings, and nothing means by an emoji alone.
"""

from bot.wording.events import event
from bot.wording.faults import explain, fault, reason
from bot.wording.guide import allowed, card, help_text, how_to_take_part, mode, usage
from bot.wording.notices import say
from bot.wording.pages import (
    byline,
    choice_line,
    drafting_line,
    none_line,
    outcome,
    readable,
    unadded,
    votes_in,
    words_of,
)
from bot.wording.plans import acts_of, outline_place, outline_title, planning_line, without_outline
from bot.wording.reports import NO_NEWS, history_line, session_line, status_lines
from bot.wording.screen import (
    UNCHANGED,
    WELCOME,
    exported,
    help_topics,
    history_page,
    not_written,
    yes_or_no,
)

__all__ = [
    "NO_NEWS",
    "UNCHANGED",
    "WELCOME",
    "acts_of",
    "allowed",
    "byline",
    "card",
    "choice_line",
    "drafting_line",
    "event",
    "explain",
    "exported",
    "fault",
    "help_text",
    "help_topics",
    "history_line",
    "history_page",
    "how_to_take_part",
    "mode",
    "none_line",
    "not_written",
    "outcome",
    "outline_place",
    "outline_title",
    "planning_line",
    "readable",
    "reason",
    "say",
    "session_line",
    "status_lines",
    "unadded",
    "usage",
    "votes_in",
    "without_outline",
    "words_of",
    "yes_or_no",
]
