"""A plot's plan: beats in acts, and which of them the story has told."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.story.manuscript import JobId, Passage


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that is to happen; ``position`` counts through all acts from 1, ``title`` is its act's."""

    position: int
    act: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The beats of an outline in their order, and the job that drafted them."""

    job: JobId
    beats: tuple[Beat, ...]


def told(branch: Sequence[Passage]) -> int:
    """Return the position of the last beat that the passages from the root tell.

    The model's carry theirs; a person's passage that a vote chose tells the next one. So an undone passage
    gives its beat back, and a rejected candidate never had it.
    """
    last = 0
    for passage in branch:
        if passage.how is not None:
            last = max(last, passage.how.beat or 0)
        elif passage.chosen_by is not None:
            last += 1
    return last


def current(plan: Plan | None, branch: Sequence[Passage]) -> Beat | None:
    """Return the beat that comes next; None without a plan, or when all of it is told."""
    if plan is None:
        return None
    after = told(branch)
    return next((beat for beat in plan.beats if beat.position > after), None)
