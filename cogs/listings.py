"""Long lists as replies: on cards, or as a file where they do not fit. Pure."""

from collections.abc import Sequence
from typing import Final

from cogs import phrases
from cogs.answers import Reply
from cogs.escaping import clipped
from cogs.replies import packed
from cogs.sheets import CARD_CHARACTERS, CARDS_CHARACTERS, Card, weight

_LINE: Final = 2500
_MOST_CARDS: Final = 10


def listing(lines: Sequence[str], file: str) -> Reply:
    """Show lines one below the other; ``file`` names what they are attached as where they are too many."""
    leaves = packed((clipped(line, _LINE) for line in lines), CARD_CHARACTERS, "\n")
    if len(leaves) <= _MOST_CARDS and sum(map(weight, leaves)) <= CARDS_CHARACTERS:
        return Reply(cards=tuple(Card(text=leaf) for leaf in leaves))
    return Reply(phrases.LIST_ATTACHED, attached=(file, "\n".join(lines) + "\n"))
