"""The buttons, and what their ids carry: ``sc:<deed>`` and the numbers or names that it needs.

An id outlives the process that drew it, so its parts keep their order for ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.story.ballot import NONE_OF_THESE
from bot.story.manuscript import BallotId, JobId, PassageId, SessionId
from cogs.sheets import Button, Look, Rows

PREFIX: Final = "sc"
PATTERN: Final = rf"{PREFIX}:(?P<deed>[a-z]+)(?P<parts>(?::[^:]*)*)"
PER_ROW: Final = 5


@dataclass(frozen=True, slots=True)
class Ticket:
    """A button's or modal's id, read back."""

    deed: str
    parts: tuple[str, ...] = ()

    def number(self, at: int) -> int:
        """Return a part as a number. Raises ValueError, IndexError for an id that is not ours."""
        return int(self.parts[at])


def ticket(deed: str, *parts: object) -> str:
    """Write an id."""
    return ":".join((PREFIX, deed, *map(str, parts)))


def read(custom_id: str) -> Ticket | None:
    """Read an id; None when it is not one of ours."""
    prefix, _, rest = custom_id.partition(":")
    deed, *parts = rest.split(":")
    return Ticket(deed, tuple(parts)) if prefix == PREFIX and deed else None


def continue_(session: SessionId) -> Button:
    """Ask the model for what comes next."""
    return Button("Continue", ticket("continue", session), Look.FIRST)


def write(session: SessionId) -> Button:
    """Write a passage."""
    return Button("Write", ticket("write", session))


def undo(session: SessionId, passage: PassageId) -> Button:
    """Take back the passage under which the button stands."""
    return Button("Undo", ticket("undo", session, passage))


def help_() -> Button:
    """Show what one can do."""
    return Button("Help", ticket("help"))


def stop(session: SessionId, job: JobId) -> Button:
    """Stop the model."""
    return Button("Stop", ticket("stop", session, job), Look.GRAVE)


def add_anyway(session: SessionId, job: JobId) -> Button:
    """Add a continuation that was not added by itself."""
    return Button("Add anyway", ticket("add", session, job))


def retry_from_here(session: SessionId, job: JobId) -> Button:
    """Ask again from the story as it stands."""
    return Button("Retry from here", ticket("retry", session, job), Look.FIRST)


def another_outline(session: SessionId, job: JobId) -> Button:
    """Have a plot's outline drafted anew."""
    return Button("Another outline", ticket("retry", session, job))


def ballot(session: SessionId, of: BallotId, numbers: tuple[int, ...]) -> Rows:
    """Return a ballot's rows: one button a candidate, then what else one can do."""
    votes = tuple(Button(str(number), ticket("vote", session, of, number), Look.FIRST) for number in numbers)
    others = (
        Button("None of these", ticket("vote", session, of, NONE_OF_THESE)),
        Button("Read in full", ticket("full", session, of)),
        Button("Close vote", ticket("close", session, of)),
    )
    return (*(votes[at : at + PER_ROW] for at in range(0, len(votes), PER_ROW)), others)


def sure(deed: str, session: SessionId, passage: PassageId | None) -> Rows:
    """Return Yes and No under a question about ``undo`` or ``finish``."""
    yes = Button("Yes", ticket("sure", session, deed, passage or 0), Look.GRAVE)
    return ((yes, Button("No", ticket("never"))),)


def sure_of_oneself(keep: str, person: int) -> Rows:
    """Return Yes and No under the question whether to be forgotten; only that person's Yes counts."""
    return ((Button("Yes", ticket("forget", keep, person), Look.GRAVE), Button("No", ticket("never"))),)


def reopen(sessions: Sequence[SessionId]) -> Rows:
    """Return the buttons under a list of stories that open those again which lost their threads."""
    return (
        (tuple(Button(f"Open #{one} again", ticket("reopen", one)) for one in sessions),) if sessions else ()
    )


def turn(session: SessionId, page: int, last: int) -> Rows:
    """Return the buttons under a page of the history."""
    back = (Button("Previous", ticket("page", session, page - 1)),) if page > 1 else ()
    on = (Button("Next", ticket("page", session, page + 1)),) if page < last else ()
    return (back + on,) if back or on else ()
