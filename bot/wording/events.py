"""What everybody in a session's thread is told."""

from collections.abc import Mapping
from typing import Final

from bot.workshop.pages import EventPage

EVENTS: Final[Mapping[str, str]] = {
    "undone": "{actor} took back the newest passage.",
    "finished": "{actor} finished the story. /export markdown gives you its text.",
    "restyled": "{actor} chose another style for what comes next.",
    "beat-passed": "{actor} passed on to the next beat of the outline.",
    "beat-again": "{actor} went back to the beat before.",
    "beat-edited": "{actor} changed a beat of the outline.",
    "ballot-extended": "Too few have voted, so the vote stays open once more.",
    "nothing-chosen": "The vote chose nothing, so the story stays as it is. Go on with /write or /continue.",
}


def event(page: EventPage) -> str:
    """Say what happened."""
    return EVENTS[page.kind].format(actor=page.actor)
