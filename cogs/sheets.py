"""A message as it will look in a channel: words, cards, rows of buttons. Pure; knows no discord."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

MESSAGE_CHARACTERS: Final = 2000
CARDS_CHARACTERS: Final = 6000
CARD_CHARACTERS: Final = 4096
TITLE_CHARACTERS: Final = 256


def weight(text: str) -> int:
    """Return how many characters Discord may count: an emoji is one or two, so it is taken for two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Look(Enum):
    """How much a button wants to be pressed."""

    CALM = "calm"
    FIRST = "first"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class Button:
    """A button; its id says what pressing it does, also to a process that never drew it."""

    label: str
    id: str
    look: Look = Look.CALM


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A framed text; a marked one stands out among others by its colour."""

    text: str = ""
    title: str = ""
    footer: str = ""
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One message. A silent one rings nobody's phone; one without cards shows no link previews."""

    content: str = ""
    cards: tuple[Card, ...] = ()
    rows: Rows = ()
    silent: bool = True

    @property
    def fingerprint(self) -> str:
        """A digest of all that is seen of the message."""
        return fingerprint(
            self.content,
            [(card.title, card.text, card.footer) for card in self.cards],
            [button.id for row in self.rows for button in row],
        )


def fingerprint(content: str, cards: Iterable[tuple[str, str, str]], components: Iterable[str]) -> str:
    """Digest a message by its visible characters: Discord trims white space, and may more of it one day."""
    seen = [_visible(content), [[_visible(part) for part in card] for card in cards], list(components)]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def _visible(text: str) -> str:
    return "".join(text.split()).replace("\u200b", "")
