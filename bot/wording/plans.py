"""A plot's outline: how far it is, what it holds, where the story stands in it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from bot.forms import PLOT
from bot.story.manuscript import AiMode, Session
from bot.story.plan import Beat
from bot.wording.counting import count
from bot.workshop.pages import OutlinePage, PlanningPage

_UNPLANNED: Final = (
    "With the model off there is no outline: agree on one among yourselves, for example with /write."
)


def planning_line(page: PlanningPage) -> str:
    """Say how far the outline is."""
    return f"The model is drafting the outline of {count(page.acts, 'act')}: {count(len(page.beats), 'beat')} so far, {page.seconds} s"


def acts_of(beats: Sequence[Beat]) -> Iterator[tuple[str, list[Beat]]]:
    """Give each act's heading and its beats."""
    for act, group in groupby(beats, key=lambda beat: beat.act):
        told = list(group)
        yield (f"Act {act}: {told[0].title}" if told[0].title else f"Act {act}"), told


def outline_title(page: OutlinePage) -> str:
    """Say what the page is."""
    acts = count(page.beats[-1].act, "act")
    return f"The outline, {acts} and {count(len(page.beats), 'beat')}, drafted for {page.asker}"


def outline_place(page: OutlinePage) -> str:
    """Say which beat comes next."""
    if page.replaced:
        return "A later outline took its place."
    if page.current is None:
        return "All beats are told. /continue goes on from there, /finish closes the story."
    again = " /retry drafts another outline." if page.fresh else ""
    return (
        f"Beat {page.current} comes next: /continue tells it, /beat next passes on where you told it.{again}"
    )


def outline_lines(page: OutlinePage) -> list[str]:
    """Say all of an outline, and where the story stands in it."""
    lines = [f"{outline_title(page)}:"]
    for heading, beats in acts_of(page.beats):
        lines += [heading, *(_numbered(beat, beat.position == page.current) for beat in beats)]
    return [*lines, outline_place(page)]


def without_outline(session: Session) -> str:
    """Say why a plot has no outline; empty for everything that has one or needs none."""
    return _UNPLANNED if session.form == PLOT.name and session.ai is AiMode.OFF else ""


def _numbered(beat: Beat, now: bool) -> str:
    return f"{beat.position}. {beat.text}{' (comes next)' if now else ''}"
