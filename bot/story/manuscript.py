"""A session's manuscript: a tree of passages with one head."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.story.people import Member
from bot.story.presets import Preset, Sampling

SessionId = NewType("SessionId", int)
PassageId = NewType("PassageId", int)
BallotId = NewType("BallotId", int)
JobId = NewType("JobId", int)


class AiMode(StrEnum):
    """What part the model has in a session."""

    FULL = "full"
    SUGGESTIONS = "suggestions"
    OFF = "off"


class SessionState(StrEnum):
    """Where a session stands in its life."""

    WRITING = "writing"
    VOTING = "voting"
    PAUSED = "paused"
    FINISHED = "finished"


class Origin(StrEnum):
    """Who put the words of a passage on the page."""

    HUMAN = "human"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Session:
    """One work in progress, bound to a thread; ``thread`` is None until that is open, or once it is ``lost``."""

    id: SessionId
    guild: str
    channel: str
    thread: str | None
    title: str
    form: str
    premise: str
    preset: Preset
    ai: AiMode
    state: SessionState
    opener: str
    opener_name: str
    head: PassageId | None
    created: datetime
    touched: datetime
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a model's passage came to be, enough to ask for it again; ``beat`` is the one of the plan that it tells.

    ``adapter`` is empty where the model wrote without one.
    """

    model: str
    preset: str
    preset_version: int
    seed: int
    sampling: Sampling
    prompt_digest: str
    direction: str | None = None
    beat: int | None = None
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A node of a session's tree; never overwritten.

    ``author`` is the writer, or for the model's text the person who asked for it.
    ``chosen_by`` names the ballot that made it part of the story.
    ``page`` is the key of the page that shows it once it is part of the story.
    ``moderated`` tells of a text that is gone that a moderator took it out, not its writer.
    """

    id: PassageId
    session: SessionId
    parent: PassageId | None
    text: str
    origin: Origin
    author: str
    author_name: str
    written: datetime
    how: Provenance | None = None
    chosen_by: BallotId | None = None
    page: str | None = None
    moderated: bool = False

    @property
    def removed(self) -> bool:
        """Whether its writer or a moderator took its text out; only its place in the tree is left."""
        return not self.text


def legible(story: Iterable[Passage]) -> list[Passage]:
    """Return the passages that still have a text."""
    return [passage for passage in story if not passage.removed]


def branch(passages: Iterable[Passage], head: PassageId | None) -> list[Passage]:
    """Return the passages from the root to ``head``; empty for no head.

    Raises KeyError when the chain leaves ``passages``.
    """
    by_id: Mapping[PassageId, Passage] = {passage.id: passage for passage in passages}
    path: list[Passage] = []
    at = head
    while at is not None:
        path.append(by_id[at])
        at = by_id[at].parent
    path.reverse()
    return path


def may_undo(newest: Passage, by: Member) -> bool:
    """Tell whether ``by`` may take back ``newest`` without a vote.

    One's own passage, or the model's that one asked for and no ballot chose; a moderator any.
    """
    return by.moderator or (newest.author == by.id and newest.chosen_by is None)


def may_manage(session: Session, by: Member) -> bool:
    """Tell whether ``by`` may finish the session: its opener or a moderator."""
    return by.moderator or session.opener == by.id


def title_from(premise: str, limit: int = 60) -> str:
    """Make a title of the premise's first words, cut at a word, at most ``limit`` characters."""
    line = premise.strip().splitlines()[0].strip() if premise.strip() else ""
    sentence = line.rstrip(".!?。 ")
    if len(sentence) <= limit:
        return sentence or "Untitled"
    cut = sentence[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") or sentence[: limit - 1]
    return f"{cut}…"
