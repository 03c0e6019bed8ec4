"""How a ballot looks, open and over."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot import wording
from bot.story.ballot import BallotState
from bot.story.text import excerpt
from bot.workshop.pages import BallotPage, Choice
from cogs import buttons, phrases
from cogs.escaping import clipped, plain, safe
from cogs.sheets import CARD_CHARACTERS, CARDS_CHARACTERS, TITLE_CHARACTERS, Card, Sheet, weight

_RESERVE: Final = 200
"""Characters of the cards that no candidate may take: titles are counted apart, this is for safety."""


def draw_ballot(page: BallotPage) -> Sheet:
    """Draw a ballot, a numbered card for each candidate; it is the one message that is not silent."""
    choices = tuple(map(_readable, page.choices))
    titles = [_title(page, choice) for choice in choices]
    room = CARDS_CHARACTERS - _RESERVE - sum(map(weight, titles))
    shares = share(room, [weight(safe(choice.text)) for choice in choices])
    cards = tuple(
        Card(
            title=title,
            text=clipped(choice.text, min(allowed, CARD_CHARACTERS)),
            marked=choice.number == page.winner,
        )
        for title, choice, allowed in zip(titles, choices, shares, strict=True)
    )
    if page.ballot.state is not BallotState.OPEN:
        return Sheet(content=_over(page), cards=cards, silent=False)
    cut = any(card.text != safe(choice.text) for card, choice in zip(cards, choices, strict=True))
    numbers = tuple(choice.number for choice in choices)
    rows = buttons.ballot(page.session.id, page.ballot.id, numbers)
    return Sheet(content=_open(page, cut=cut), cards=cards, rows=rows, silent=False)


def _title(page: BallotPage, choice: Choice) -> str:
    chosen = f" · {phrases.CHOSEN}" if choice.number == page.winner else ""
    return f"{excerpt(plain(wording.choice_line(choice)), TITLE_CHARACTERS - len(chosen))}{chosen}"


def _readable(choice: Choice) -> Choice:
    return replace(choice, text=wording.readable(choice.text))


def share(room: int, wishes: Sequence[int]) -> list[int]:
    """Divide ``room`` so that small wishes are granted whole and the large ones share what is left."""
    granted = [0] * len(wishes)
    for rank, at in enumerate(sorted(range(len(wishes)), key=lambda index: wishes[index])):
        granted[at] = min(wishes[at], room // (len(wishes) - rank))
        room -= granted[at]
    return granted


def _open(page: BallotPage, *, cut: bool) -> str:
    closes = f"; closes <t:{int(page.ballot.closes.timestamp())}:R>" if page.ballot.closes else ""
    whole = f" {phrases.IN_FULL}" if cut else ""
    return f"**{phrases.WHAT_COMES_NEXT}** {phrases.CHOOSE}\n{wording.votes_in(page)}{closes}.{whole}"


def _over(page: BallotPage) -> str:
    if page.ballot.state is BallotState.CANCELLED:
        return f"**{wording.outcome(page)}**"
    none = f" ({wording.none_line(page)})" if page.none_votes else ""
    return f"**{phrases.VOTE_CLOSED}** {wording.outcome(page)}{none}"
