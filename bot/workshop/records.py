"""Values that cross the workshop's ports: what is kept, what is asked of the model, what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.prompt.compose import ChatMessage
from bot.story.manuscript import (
    AiMode,
    BallotId,
    JobId,
    Origin,
    PassageId,
    Provenance,
    SessionId,
)
from bot.story.people import Member
from bot.story.presets import Preset, Sampling


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that is about to exist."""

    guild: str
    channel: str
    title: str
    form: str
    premise: str
    preset: Preset
    ai: AiMode
    opener: Member
    created: datetime


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage that is about to exist."""

    session: SessionId
    parent: PassageId | None
    text: str
    origin: Origin
    author: str
    author_name: str
    written: datetime
    how: Provenance | None = None


class JobState(StrEnum):
    """``running`` until one of the others, exactly once.

    ``done``: its text joined the story or its ballot opened. ``stopped``: someone stopped it.
    ``stale``: the head moved meanwhile. ``failed``: the model failed.
    """

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    STALE = "stale"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Job:
    """The model's work on one request; survives restarts.

    ``ballot`` is the draft ballot that its candidates go to, None for a single continuation.
    ``passage`` is what a single continuation left in the tree, also one that failed half-way; ``fault`` the
    name of a failure's class.
    """

    id: JobId
    session: SessionId
    parent: PassageId | None
    asker: str
    asker_name: str
    direction: str | None
    wanted: int
    length: str
    seed: int
    state: JobState
    asked: datetime
    ballot: BallotId | None = None
    passage: PassageId | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class NewJob:
    """A request to the model that is about to be kept."""

    session: SessionId
    parent: PassageId | None
    asker: str
    asker_name: str
    direction: str | None
    wanted: int
    length: str
    seed: int
    asked: datetime
    ballot: BallotId | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a session, for its thread, its credits and its audit."""

    id: int
    session: SessionId
    kind: str
    actor: str
    actor_name: str
    at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who changed what in a guild, and when."""

    id: int
    kind: str
    actor: str
    actor_name: str
    at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A page that the thread does not show yet as the store has it."""

    id: int
    session: SessionId
    page: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of a page: where it stands and what it looks like.

    ``message`` is None while a post is in doubt: ``attempted`` and ``fingerprint`` then tell what to
    look for in the channel's history. ``gone`` when a person deleted it: it is not sent again.
    """

    page: str
    part: int
    place: str
    message: str | None
    fingerprint: str
    attempted: datetime
    gone: bool = False


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What is asked of the model. A trailing assistant message is a prefill that the model goes on with.

    ``guild`` and ``asker`` say for whom; a server never learns them, only pseudonyms. ``adapter`` names the
    one to write with, empty for none.
    """

    messages: tuple[ChatMessage, ...]
    sampling: Sampling
    max_tokens: int
    seed: int
    stop: tuple[str, ...] = ()
    guild: str = ""
    asker: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answers, and how many tokens it can hold.

    ``base`` is what lies below, where the server calls a model with an adapter over it by that name.
    """

    name: str
    context: int
    exact_tokens: bool
    base: str = ""
