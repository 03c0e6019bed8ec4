"""The commands about each person's own data."""

from typing import Final

from bot.commands.shape import Command, Kind, Option
from bot.story.privacy import Keep

_WHOSE: Final = Option("user", "Whose data. Everybody can ask about their own alone.", kind=Kind.PERSON)

PERSONAL: Final[tuple[Command, ...]] = (
    Command(
        name="privacy info",
        help="See what is kept of you here, where, for how long, and who can see it.",
        options=(_WHOSE,),
        examples=("/privacy info",),
    ),
    Command(
        name="privacy delete",
        help="Have your data here deleted, after a question: your name and id, and your words if you like.",
        options=(
            Option(
                "keep",
                "text leaves your words under a pseudonym, nothing takes them out and leaves gaps.",
                kind=Kind.CHOICE,
                required=True,
                choices=tuple(Keep),
            ),
            _WHOSE,
        ),
        examples=("/privacy delete keep: text", "/privacy delete keep: nothing"),
    ),
)
