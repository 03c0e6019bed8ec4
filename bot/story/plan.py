"""A plot's plan: beats in acts, and which of them the story has told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.story.manuscript import JobId, Passage, PassageId


@dataclass(frozen=True, slots=True)
class Beat:
    """Something that is to happen; ``position`` counts through all acts from 1, ``title`` is its act's."""

    position: int
    act: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The beats of an outline in their order, and the job that drafted them.

    ``marks`` are where people moved on or back by hand: after a passage, None for before the first, so
    many beats are told.
    """

    job: JobId
    beats: tuple[Beat, ...]
    marks: Mapping[PassageId | None, int] = field(default_factory=dict[PassageId | None, int])


def told(branch: Sequence[Passage], marks: Mapping[PassageId | None, int]) -> int:
    """Return the position of the last beat that the passages from the root tell.

    The model's carry theirs; a person's passage that a vote chose tells the next one; a mark says what
    holds after its passage. So an undone passage gives its beat back, and a rejected candidate never had it.
    """
    last = marks.get(None, 0)
    for passage in branch:
        if passage.how is not None:
            last = max(last, passage.how.beat or 0)
        elif passage.chosen_by is not None:
            last += 1
        last = marks.get(passage.id, last)
    return last


def current(plan: Plan | None, branch: Sequence[Passage]) -> Beat | None:
    """Return the beat that comes next; None without a plan, or when all of it is told."""
    if plan is None:
        return None
    after = told(branch, plan.marks)
    return next((beat for beat in plan.beats if beat.position > after), None)


def moved(plan: Plan, branch: Sequence[Passage], by: int) -> int | None:
    """Return how many beats are told when the plan moves on or back; None where it cannot."""
    after = min(told(branch, plan.marks), len(plan.beats)) + by
    return after if 0 <= after <= len(plan.beats) else None
