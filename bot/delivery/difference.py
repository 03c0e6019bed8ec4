"""The difference between a page and what its place shows of it, as the steps that level it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bot.workshop.records import Shown

UNKNOWN: Final = ""
"""The fingerprint of a message whose look is in doubt: it equals no sheet, so it is edited next time."""


@dataclass(frozen=True, slots=True)
class Post:
    """Send a part. ``earlier`` is an attempt that was looked for and left nothing in the channel."""

    part: int
    earlier: Shown | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Give a message that stands a new look."""

    shown: Shown
    message: str


@dataclass(frozen=True, slots=True)
class Delete:
    """Take away a message that the page has no part for any more."""

    shown: Shown


Step = Post | Edit | Delete


def steps(looks: Sequence[str], shown: Sequence[Shown]) -> Iterator[Step]:
    """Yield what makes the messages of a page look like ``looks``, one fingerprint a part.

    Parts are posted first to last and deleted last to first, so that an interruption leaves no gap.
    What a person deleted stays as it is.
    """
    standing = {one.part: one for one in shown}
    for part, look in enumerate(looks):
        step = _level(part, look, standing.get(part))
        if step is not None:
            yield step
    for part in sorted(standing, reverse=True):
        if part >= len(looks) and not standing[part].gone:
            yield Delete(standing[part])


def _level(part: int, look: str, shown: Shown | None) -> Step | None:
    if shown is None:
        return Post(part)
    if shown.gone:
        return None
    if shown.message is None:
        return Post(part, earlier=shown)
    return Edit(shown, shown.message) if shown.fingerprint != look else None
