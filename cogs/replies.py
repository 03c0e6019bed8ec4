"""What people ask to read, as replies: the history, lists, help, candidates, files. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot import wording
from bot.story.manuscript import Passage, Session
from bot.story.text import excerpt
from bot.wording.privacy import footprint_lines
from bot.workshop.library import Export, History, Status
from bot.workshop.pages import Choice
from bot.workshop.people_records import Footprint
from cogs import buttons, phrases
from cogs.answers import Reply
from cogs.escaping import clipped, pieces, plain, safe
from cogs.sheets import CARD_CHARACTERS, CARDS_CHARACTERS, TITLE_CHARACTERS, Card, weight

_HEADING: Final = 300
_SESSION_LINE: Final = 200
_LISTED_COMMAND: Final = re.compile(r"^/[a-z ]+(?= – )", re.MULTILINE)


def history(of: History, wanted: int | None) -> Reply:
    """Return a page of the story with who wrote what: the wanted one, the last where none is named."""
    leaves = packed(
        block for number, passage in enumerate(of.passages, 1) for block in _entry(number, passage)
    )
    last = max(1, len(leaves))
    page = min(max(1, wanted or last), last)
    card = Card(
        title=excerpt(plain(of.session.title), TITLE_CHARACTERS),
        text=leaves[page - 1] if leaves else phrases.NOTHING_WRITTEN,
        footer=phrases.PAGE_OF.format(page=page, last=last) if last > 1 else "",
    )
    return Reply(cards=(card,), rows=buttons.turn(of.session.id, page, last))


def sessions(found: Sequence[Session]) -> Reply:
    """List the stories of a server, each with its thread."""
    if not found:
        return Reply(wording.NO_NEWS)
    lost = [one.id for one in found if one.lost]
    lines = [*map(_session, found), *([phrases.OPEN_AGAIN] if lost else [])]
    return replace(_cards(packed(lines, joint="\n")), rows=buttons.reopen(lost[: buttons.PER_ROW]))


def status(of: Status) -> Reply:
    """Say how the model and the store are."""
    return Reply(safe("\n".join(wording.status_lines(of))))


def privacy(of: Footprint) -> Reply:
    """Say what is kept of a person, and the policy in short."""
    return Reply(cards=(Card(title=phrases.PRIVACY, text=safe("\n\n".join(footprint_lines(of)))),))


def help_on(topic: str | None) -> Reply:
    """Say what one can do."""
    return _cards(pieces(wording.help_text(topic), CARD_CHARACTERS, _with_bold_commands))


def in_full(candidates: Sequence[Choice]) -> Reply:
    """Show candidates uncut: as cards, or as a file where they are too long for those."""
    candidates = [replace(choice, text=wording.readable(choice.text)) for choice in candidates]
    cards = tuple(Card(title=str(choice.number), text=safe(choice.text)) for choice in candidates)
    total = sum(weight(card.title + card.text) for card in cards)
    if total <= CARDS_CHARACTERS and all(weight(card.text) <= CARD_CHARACTERS for card in cards):
        return Reply(cards=cards)
    whole = "\n\n".join(f"# {choice.number}\n\n{choice.text}" for choice in candidates)
    return Reply(phrases.CANDIDATES_ATTACHED, attached=(phrases.CANDIDATES_FILE, whole))


def export(of: Export) -> Reply:
    """Hand over a file."""
    return Reply(phrases.EXPORTED, attached=(of.filename, of.text))


def packed(blocks: Iterable[str], limit: int = CARD_CHARACTERS, joint: str = "\n\n") -> list[str]:
    """Lay blocks, none longer than ``limit``, one after another on as few leaves as hold them."""
    leaves: list[str] = []
    for block in blocks:
        if leaves and weight(leaves[-1] + joint + block) <= limit:
            leaves[-1] += joint + block
        else:
            leaves.append(block)
    return leaves


def _entry(number: int, passage: Passage) -> list[str]:
    heading = f"**{excerpt(plain(wording.history_line(number, passage)), _HEADING)}**"
    first, *rest = pieces(wording.words_of(passage), CARD_CHARACTERS - _HEADING - 10)
    return [f"{heading}\n{first}", *rest]


def _session(session: Session) -> str:
    place = f"<#{session.thread}> " if session.thread else ""
    return place + clipped(wording.session_line(session), _SESSION_LINE)


def _with_bold_commands(text: str) -> str:
    return _LISTED_COMMAND.sub(r"**\g<0>**", safe(text))


def _cards(texts: Iterable[str]) -> Reply:
    return Reply(cards=tuple(Card(text=text) for text in texts))
