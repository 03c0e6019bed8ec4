"""The commands that keep a server's order: presets, settings, removals, words, blocks."""

from typing import Final

from bot.commands.shape import Command, Kind, Option
from bot.story.styling import ABOUT_CHARACTERS, ADAPTER_CHARACTERS, BOUNDS, NAME_CHARACTERS, VOICE_CHARACTERS
from bot.story.wordlist import MOST_CHARACTERS, WordKind

_WHOLE: Final = frozenset({"short", "medium", "long"})


def _called(help_: str = "The style's name.", source: str | None = "preset") -> Option:
    return Option("name", help_, required=True, max_length=100, source=source)


_LOOK: Final = (
    Option(
        "voice",
        "How to write: the model's instructions. A form asks where it is left out.",
        max_length=VOICE_CHARACTERS,
    ),
    Option("about", "What it is like, in a line.", max_length=ABOUT_CHARACTERS),
    Option(
        "adapter",
        "The model server's adapter that it is written with; none: the model itself.",
        max_length=ADAPTER_CHARACTERS,
        source="adapter",
    ),
    *(
        Option(bound.name, bound.help, kind=Kind.INTEGER if bound.name in _WHOLE else Kind.NUMBER)
        for bound in BOUNDS
    ),
)
_PERSON: Final = Option("user", "Whom.", kind=Kind.PERSON, required=True)
_ENTRY: Final = Option("text", "The word, phrase or pattern.", required=True, max_length=MOST_CHARACTERS)

PRESETS: Final[tuple[Command, ...]] = (
    Command(
        name="preset list", help="List the styles that stories can be written in.", examples=("/preset list",)
    ),
    Command(
        name="preset show",
        help="Show a style: its voice, its numbers, its version.",
        options=(_called(),),
        examples=("/preset show noir",),
    ),
    Command(
        name="preset create",
        help="Make a style of your own, or name a hidden one to offer it again. For moderators.",
        options=(
            _called(f"1 to {NAME_CHARACTERS} lower-case letters, digits and hyphens.", source=None),
            Option("like", "A style to begin from.", max_length=100, source="preset"),
            *_LOOK,
        ),
        examples=(
            "/preset create name: storm-glass voice: Write short, cold sentences full of weather.",
            "/preset create name: wild like: noir temperature: 1.2 long: 400",
            "/preset create name: rainy like: noir adapter: rain",
            "/preset create noir",
        ),
    ),
    Command(
        name="preset edit",
        help="Change a style; stories keep the version that they began with. For moderators.",
        options=(_called(), *_LOOK),
        examples=(
            "/preset edit name: storm-glass temperature: 0.7",
            "/preset edit name: rainy adapter: none",
        ),
    ),
    Command(
        name="preset delete",
        help="Offer a style no longer, also one that came with Scriptorium; stories keep theirs. For moderators.",
        options=(_called(),),
        examples=("/preset delete storm-glass", "/preset delete noir"),
    ),
    Command(
        name="preset default",
        help="Choose the style of new stories, or of this one. For moderators.",
        options=(
            _called(),
            Option(
                "scope",
                "server and channel: of stories that begin there; session: of this story, from now on.",
                kind=Kind.CHOICE,
                choices=("server", "channel", "session"),
            ),
        ),
        examples=("/preset default noir", "/preset default name: storm-glass scope: session"),
    ),
)

MODERATION: Final[tuple[Command, ...]] = (
    Command(
        name="settings show",
        help="Show how this server is set up. For moderators.",
        examples=("/settings show",),
    ),
    Command(
        name="settings set",
        help="Change how this server is set up. For moderators.",
        options=(
            Option("key", "Which setting.", required=True, max_length=100, source="setting"),
            Option("value", "Its value; default goes back.", required=True, max_length=100),
        ),
        examples=("/settings set key: ballot_minutes value: 30", "/settings set key: word_list value: off"),
    ),
    Command(
        name="audit",
        help="See who changed what, the latest first. For moderators.",
        options=(Option("page", "Which page; the first when left out.", kind=Kind.INTEGER, least=1),),
        examples=("/audit", "/audit 2"),
    ),
    Command(
        name="remove",
        help="Take out a passage's text, or one beside the story; alone it lists those. For moderators.",
        options=(
            Option("passage", "A passage's number, as /history shows it.", kind=Kind.INTEGER, least=1),
            Option(
                "beside",
                "The number of a candidate, or of a text taken back or never added.",
                kind=Kind.INTEGER,
                least=1,
                source="beside",
            ),
        ),
        examples=("/remove 3", "/remove", "/remove beside: 12"),
    ),
    Command(
        name="wordlist add",
        help="Keep a word, a phrase or a pattern out of all stories. For moderators.",
        options=(
            _ENTRY,
            Option(
                "kind",
                "word: whole words, as written; pattern: a regular expression.",
                kind=Kind.CHOICE,
                choices=tuple(kind.value for kind in WordKind),
            ),
        ),
        examples=("/wordlist add darn it", r"/wordlist add text: \bd[a4]rn\w* kind: pattern"),
    ),
    Command(
        name="wordlist remove",
        help="Let a word or pattern stand in stories again. For moderators.",
        options=(_ENTRY,),
        examples=("/wordlist remove darn it",),
    ),
    Command(
        name="wordlist list",
        help="List what is kept out of stories. For moderators.",
        examples=("/wordlist list",),
    ),
    Command(
        name="block add",
        help="Let somebody take part no more; what they wrote stays. For moderators.",
        options=(_PERSON,),
        examples=("/block add ann",),
    ),
    Command(
        name="block remove",
        help="Let somebody take part again. For moderators.",
        options=(_PERSON,),
        examples=("/block remove ann",),
    ),
    Command(
        name="block list",
        help="List who may not take part. For moderators.",
        examples=("/block list",),
    ),
)
