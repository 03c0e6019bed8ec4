"""Writing by typing: which lines in a story's thread are meant for the story."""

import re
from typing import Final

CHAT_MARKS: Final = ("(", "//")
_COMMAND: Final = re.compile(r"\s*/[a-z]+\b")


def is_chat(text: str) -> bool:
    """Tell whether a line is talk beside the story: it begins with ``(`` or ``//``."""
    return text.lstrip().startswith(CHAT_MARKS)


def is_command(text: str) -> bool:
    """Tell whether a line was meant as a command, which Discord sent as a message: it begins with ``/`` and a word."""
    return _COMMAND.match(text) is not None
