"""Commands for a plot's outline."""

from typing import Final

from bot.commands.shape import Command, Kind, Option
from bot.forms.outline import MOST_BEAT

BEATS: Final[tuple[Command, ...]] = (
    Command(
        name="beat list",
        help="See a plot's outline, and which beat comes next.",
        examples=("/beat list",),
    ),
    Command(
        name="beat next",
        help="Pass on to the next beat, where people told this one. For the opener and moderators.",
        examples=("/beat next",),
    ),
    Command(
        name="beat back",
        help="Go back to the beat before. For the opener and moderators.",
        examples=("/beat back",),
    ),
    Command(
        name="beat edit",
        help="Change a beat of the outline. For the opener and moderators.",
        options=(
            Option("text", "What is to happen, in a sentence.", required=True, max_length=MOST_BEAT),
            Option("beat", "Which beat; the current one when left out.", kind=Kind.INTEGER, least=1),
        ),
        examples=(
            "/beat edit Ines finds the flour gone.",
            "/beat edit text: Bruno leaves town. beat: 5",
        ),
    ),
)
