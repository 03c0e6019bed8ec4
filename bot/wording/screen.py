"""What the terminal says that Discord has no need for."""

from typing import Final

from bot.commands import COMMANDS
from bot.wording.counting import count
from bot.workshop.errors import NeedsConfirmation

WELCOME: Final = (
    "Welcome to Scriptorium. Begin a story with\n"
    "  /story start premise: A lighthouse keeper finds a door in the sea.\n"
    "then type to write, /continue to let the model go on, /help for everything, /quit to leave."
)
UNCHANGED: Final = "Nothing was changed."


def yes_or_no(question: NeedsConfirmation) -> str:
    """Ask whether a deed is worth its cost."""
    cost = "The model is drafting; that would be stopped" if question.drafting else ""
    if question.voting:
        cost = "A vote is open; it would be cancelled"
    deed = {"finish": "finish the story"}.get(question.deed, question.deed)
    asked = f"{cost}, and its candidates would stay aside." if cost else f"This would {deed} for good."
    return f"{asked} Go on? (yes/no)"


def exported(path: str) -> str:
    """Say where a story was written to."""
    return f"Exported to {path}"


def unwritable(reason: str) -> str:
    """Say that a file could not be written."""
    return f"The file could not be written: {reason or 'the system does not say why'}. Set export.folder elsewhere."


def history_page(page: int, of: int, passages: int) -> str:
    """Say which page of a story this is."""
    return f"{count(passages, 'passage')}, page {page} of {of}"


def help_topics() -> list[str]:
    """Return what /help can tell more about."""
    return [command.name for command in COMMANDS]
