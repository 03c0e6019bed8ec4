"""Commands that begin a work: a story, a poem, a plot."""

from typing import Final

from bot.commands.shape import Command, Kind, Option
from bot.forms import POEMS
from bot.forms.plot import LEAST_ACTS, MOST_ACTS

TITLE_LIMIT: Final = 90

_STYLE: Final = (
    Option("preset", "The style to write in.", max_length=TITLE_LIMIT, source="preset"),
    Option(
        "ai",
        "The model's part: full writes along, suggestions only by votes, off not at all.",
        kind=Kind.CHOICE,
        choices=("full", "suggestions", "off"),
    ),
)


def _title(seed: str) -> Option:
    return Option("title", f"What it is called; made of the {seed} when left out.", max_length=TITLE_LIMIT)


STARTS: Final[tuple[Command, ...]] = (
    Command(
        name="story start",
        help="Start a story in a thread of its own.",
        options=(
            Option("premise", "What the story is about, in a sentence or two."),
            _title("premise"),
            *_STYLE,
        ),
        examples=(
            "/story start premise: A lighthouse keeper finds a door in the sea.",
            "/story start premise: Two rivals share a lift. title: Going Down preset: comic ai: suggestions",
        ),
    ),
    Command(
        name="poem start",
        help="Start a poem in a thread of its own.",
        options=(
            Option("theme", "What the poem is about."),
            Option(
                "form",
                "How it is built; free verse when left out.",
                kind=Kind.CHOICE,
                choices=tuple(form.name for form in POEMS),
            ),
            _title("theme"),
            *_STYLE,
        ),
        examples=("/poem start theme: the tide form: haiku", "/poem start theme: an empty station"),
    ),
    Command(
        name="plot start",
        help="Start a story with an outline of acts and beats, which the model drafts and then follows.",
        options=(
            Option("logline", "What the story is about, in one sentence."),
            Option(
                "acts",
                "How many acts it has; 3 when left out.",
                kind=Kind.INTEGER,
                least=LEAST_ACTS,
                most=MOST_ACTS,
            ),
            _title("logline"),
            *_STYLE,
        ),
        examples=(
            "/plot start logline: Two rival bakers must share one oven for a week.",
            "/plot start logline: A girl inherits a map that changes every night. acts: 5",
        ),
    ),
)
