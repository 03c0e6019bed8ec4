"""What a deed answers to the one who did it. ``bot.wording`` says each in a sentence.

A notice is kept with the interaction that caused it, so that a repeated handler gives the same answer.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Base of all answers; ``session`` is the session's number, 0 where it concerns none."""

    session: int


@dataclass(frozen=True, slots=True)
class SessionStarted(Notice):
    """A session began; its card and thread are on their way."""

    title: str


@dataclass(frozen=True, slots=True)
class SessionReopened(Notice):
    """A session that lost its thread goes on in another, which is on its way."""

    title: str


@dataclass(frozen=True, slots=True)
class PassageAdded(Notice):
    """A passage joined the story."""

    passage: int


@dataclass(frozen=True, slots=True)
class ProposalAdded(Notice):
    """A text became a candidate; ``instead_of_writing`` when it was meant as a passage.

    ``number`` is None while the ballot is drafted, as the order is shuffled when it opens.
    """

    ballot: int
    number: int | None
    instead_of_writing: bool = False


@dataclass(frozen=True, slots=True)
class ModelAsked(Notice):
    """The model was set to work on ``candidates`` continuations."""

    job: int
    candidates: int


@dataclass(frozen=True, slots=True)
class Stopped(Notice):
    """The model was stopped; nothing was appended."""

    job: int


@dataclass(frozen=True, slots=True)
class VoteCounted(Notice):
    """A vote was taken; ``choice`` is a candidate's number, 0 for none of these.

    ``closed`` when it was the last that was waited for, and the ballot closed with it.
    """

    ballot: int
    choice: int
    changed: bool
    closed: bool = False


@dataclass(frozen=True, slots=True)
class BallotClosed(Notice):
    """The ballot is closed; ``winner`` is the number that won, None when nothing did."""

    ballot: int
    winner: int | None
    drawn: bool


@dataclass(frozen=True, slots=True)
class Undone(Notice):
    """The newest passage was taken back, and what had to stop for it; ``passage`` is None where there was none."""

    passage: int | None
    stopped_model: bool = False
    cancelled_ballot: bool = False


@dataclass(frozen=True, slots=True)
class Finished(Notice):
    """The session is finished."""

    title: str
    passages: int


@dataclass(frozen=True, slots=True)
class BeatMoved(Notice):
    """The outline moved on or back; ``beat`` comes next, None when all are told."""

    beat: int | None


@dataclass(frozen=True, slots=True)
class BeatEdited(Notice):
    """A beat of the outline has another text."""

    beat: int


@dataclass(frozen=True, slots=True)
class Forgotten(Notice):
    """The records forgot a person; ``number`` is their pseudonym's, 0 where there was nothing to forget.

    ``keep`` says what stays of their words: ``text`` or ``nothing``.
    """

    number: int
    passages: int
    keep: str
