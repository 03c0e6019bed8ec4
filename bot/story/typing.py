"""Writing by typing: which lines in a story's thread are meant for the story."""

from typing import Final

CHAT_MARKS: Final = ("(", "//")


def is_chat(text: str) -> bool:
    """Tell whether a line is talk beside the story: it begins with ``(`` or ``//``."""
    return text.lstrip().startswith(CHAT_MARKS)
