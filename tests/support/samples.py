"""A session and a passage as most tests want them; name only what matters."""

from datetime import UTC, datetime
from typing import Any

from bot.story.manuscript import (
    AiMode,
    Origin,
    Passage,
    PassageId,
    Provenance,
    Session,
    SessionId,
    SessionState,
)
from bot.story.presets import BUILT_IN, Sampling

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOW = Provenance("SmolLM2", "storyteller", 1, 7, Sampling(), "digest")


def a_session(**changes: Any) -> Session:
    """Return a story in progress, begun by Ann."""
    usual: dict[str, Any] = {
        "id": SessionId(1),
        "guild": "guild",
        "channel": "channel",
        "thread": "thread",
        "title": "The Door",
        "form": "story",
        "premise": "A keeper finds a door.",
        "preset": BUILT_IN[0],
        "ai": AiMode.FULL,
        "state": SessionState.WRITING,
        "opener": "ann",
        "opener_name": "Ann",
        "head": None,
        "created": NOON,
        "touched": NOON,
    }
    return Session(**{**usual, **changes})


def a_passage(text: str = "The door was green.", number: int = 1, **changes: Any) -> Passage:
    """Return a passage, Ann's unless something else is said; a model's knows how it came to be."""
    usual: dict[str, Any] = {
        "id": PassageId(number),
        "session": SessionId(1),
        "parent": None,
        "text": text,
        "origin": Origin.HUMAN,
        "author": "ann",
        "author_name": "Ann",
        "written": NOON,
        "how": HOW if changes.get("origin") is Origin.MODEL else None,
    }
    return Passage(**{**usual, **changes})
