"""Who wrote how much of a story."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.story.manuscript import Origin, Passage


@dataclass(frozen=True, slots=True)
class Credit:
    """One writer's share: ``name`` is a person's, or the model's id and its adapter."""

    name: str
    origin: Origin
    passages: int
    words: int


def credits(passages: Iterable[Passage]) -> list[Credit]:
    """Return each writer's share, people before models, the most words first.

    People are told apart by their id; the name is the one they wrote under last.
    """
    shares: dict[tuple[Origin, str], Credit] = {}
    for passage in passages:
        key = (passage.origin, writer(passage) if passage.origin is Origin.MODEL else passage.author)
        before = shares.get(key)
        shares[key] = Credit(
            name=writer(passage),
            origin=passage.origin,
            passages=1 + (before.passages if before else 0),
            words=len(passage.text.split()) + (before.words if before else 0),
        )
    return sorted(shares.values(), key=lambda share: (share.origin is Origin.MODEL, -share.words))


def writer(passage: Passage) -> str:
    """Return the name of a passage's writer: a person's, or the model's id and its adapter."""
    if passage.origin is Origin.HUMAN:
        return passage.author_name
    if passage.how is None:
        return "the model"
    return (
        f"{passage.how.model} with adapter {passage.how.adapter}"
        if passage.how.adapter
        else passage.how.model
    )
