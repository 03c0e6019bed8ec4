"""What the terminal says that Discord has no need for."""

from typing import Final

from bot.commands import COMMANDS
from bot.wording.counting import count
from bot.wording.faults import explain
from bot.workshop.errors import NeedsConfirmation

WELCOME: Final = (
    "Welcome to Scriptorium. Begin a story with\n"
    "  /story start premise: A lighthouse keeper finds a door in the sea.\n"
    "then type to write, /continue to let the model go on, /help for everything, /quit to leave."
)
UNCHANGED: Final = "Nothing was changed."


def yes_or_no(question: NeedsConfirmation) -> str:
    """Ask whether a deed is worth its cost."""
    return f"{explain(question)} (yes or no)"


def exported(path: str) -> str:
    """Say where a story was written to."""
    return f"The story is saved in {path}"


def not_written(reason: str) -> str:
    """Say that a file could not be written."""
    return (
        f"The file could not be written: {reason}. Make room, or set export.folder elsewhere, and try again."
    )


def history_page(page: int, pages: int, passages: int) -> str:
    """Say which page of a story this is."""
    return f"{count(passages, 'passage')}, page {page} of {pages}" if passages else "nothing is written yet"


def help_topics() -> tuple[str, ...]:
    """Return what ``/help`` can tell more about."""
    return tuple(command.name for command in COMMANDS)
