"""The commands, in the order in which help lists them."""

from typing import Final

from bot.commands.beginning import STARTS, TITLE_LIMIT
from bot.commands.moderating import MODERATION, PRESETS
from bot.commands.personal import PERSONAL
from bot.commands.plotting import BEATS
from bot.commands.shape import Command, Kind, Option
from bot.story.ballot import MAX_CANDIDATES

LINE_LIMIT: Final = 500

COMMANDS: Final[tuple[Command, ...]] = (
    *STARTS,
    Command(
        name="write",
        help="Add your passage to the story.",
        options=(Option("text", "Your passage."),),
        examples=("/write The door was green, and it was ajar.",),
    ),
    Command(
        name="continue",
        help="Let the model write what comes next, or draft several candidates for a vote.",
        options=(
            Option("direction", "Where it should go, in a few words.", max_length=LINE_LIMIT),
            Option(
                "candidates",
                "How many to draft; one is added at once, several are voted on.",
                kind=Kind.INTEGER,
                least=1,
                most=4,
            ),
            Option(
                "length",
                "How much it should write.",
                kind=Kind.CHOICE,
                choices=("short", "medium", "long"),
            ),
        ),
        examples=(
            "/continue",
            "/continue candidates: 3",
            "/continue direction: somebody knocks from the other side candidates: 1 length: short",
        ),
    ),
    Command(
        name="propose",
        help="Put your own candidate into the vote; nobody sees whose it is until the vote closes.",
        options=(Option("text", "Your candidate for the next passage.", required=True),),
        examples=("/propose Behind the door, somebody was already setting the table.",),
    ),
    Command(
        name="undo",
        help="Take back the newest passage: your own, or the model's that you asked for.",
        examples=("/undo",),
    ),
    Command(
        name="retry",
        help="Let the model write its newest passage anew.",
        examples=("/retry",),
    ),
    *BEATS,
    Command(
        name="history",
        help="Read the story so far, and who wrote what.",
        options=(Option("page", "Which page; the last one when left out.", kind=Kind.INTEGER, least=1),),
        examples=("/history", "/history 1"),
    ),
    Command(name="sessions", help="List the stories of this place.", examples=("/sessions",)),
    Command(
        name="finish",
        help="Close the story. Its opener or a moderator may do this.",
        examples=("/finish",),
    ),
    Command(
        name="export",
        help="Get the story as a file.",
        options=(
            Option("format", "The kind of file.", kind=Kind.CHOICE, required=True, choices=("markdown",)),
        ),
        examples=("/export markdown",),
    ),
    Command(
        name="status",
        help="See whether the model and the store are well, and how much is going on.",
        examples=("/status",),
    ),
    Command(
        name="help",
        help="Show what you can do, or how one command is used.",
        options=(Option("topic", "A command's name.", max_length=TITLE_LIMIT, source="topic"),),
        examples=("/help", "/help continue"),
    ),
    *PRESETS,
    *MODERATION,
    *PERSONAL,
    Command(
        name="vote",
        help="Vote for a candidate by its number, 0 for none of these. You can change your mind.",
        options=(
            Option(
                "number",
                "The candidate's number, or 0.",
                kind=Kind.INTEGER,
                required=True,
                least=0,
                most=MAX_CANDIDATES,
            ),
        ),
        examples=("/vote 2", "@ann /vote 0"),
        terminal_only=True,
    ),
    Command(name="ballot close", help="Close the vote.", examples=("/ballot close",), terminal_only=True),
    Command(
        name="stop",
        help="Stop the model while it writes.",
        examples=("/stop",),
        terminal_only=True,
    ),
    Command(
        name="add anyway",
        help="Add what the model wrote last, although it was stopped, broke off, or the story moved on.",
        examples=("/add anyway",),
        terminal_only=True,
    ),
    Command(
        name="open",
        help="Go to another story by its number; /sessions lists them.",
        options=(Option("number", "The story's number.", kind=Kind.INTEGER, required=True, least=1),),
        examples=("/open 1",),
        terminal_only=True,
    ),
    Command(name="quit", help="Leave. Everything is kept.", examples=("/quit",), terminal_only=True),
)

_BY_NAME: Final = {command.name: command for command in COMMANDS}


def named(name: str) -> Command:
    """Return the command of that name. Raises KeyError."""
    return _BY_NAME[name]
