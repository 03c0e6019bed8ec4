"""How each page looks on Discord. Pure: a page in, sheets out."""

from collections.abc import Sequence
from functools import singledispatch
from typing import Final

from bot import wording
from bot.story.manuscript import AiMode, Session, SessionState
from bot.story.text import excerpt
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    DraftingPage,
    EventPage,
    FailedPage,
    HintPage,
    OpeningPage,
    OutlinePage,
    Page,
    PassagePage,
    PlanningPage,
    UnaddedPage,
    WritingPage,
)
from cogs import buttons, phrases
from cogs.ballots import draw_ballot
from cogs.escaping import clipped, folded, latest, pieces, plain, quoted, safe
from cogs.outlines import draw_outline, draw_planning
from cogs.sheets import MESSAGE_CHARACTERS, TITLE_CHARACTERS, Button, Card, Rows, Sheet, weight

_PREMISE_ON_THE_CARD: Final = 1000
_STREAMED: Final = 1900
_BYLINE: Final = 200


@singledispatch
def draw(page: Page) -> Sequence[Sheet]:
    """Draw a page as one or more messages, none over Discord's limits."""
    raise TypeError(f"no look for {type(page).__name__}")


@draw.register
def _card(page: CardPage) -> Sequence[Sheet]:
    session = page.session
    over = session.state is SessionState.FINISHED
    lines = (
        clipped(_beside_the_title(session), _PREMISE_ON_THE_CARD),
        f"**{phrases.FINISHED}**"
        if over
        else f"{phrases.IN_THE_THREAD} {wording.how_to_take_part(session.ai)}",
    )
    card = Card(
        title=excerpt(plain(session.title), TITLE_CHARACTERS),
        text="\n\n".join(line for line in lines if line),
        footer=" ".join(wording.card(session).split()),
    )
    return (Sheet(cards=(card,), rows=() if over else _first_steps(session)),)


@draw.register
def _opening(page: OpeningPage) -> Sequence[Sheet]:
    session = page.session
    how = " ".join(filter(None, [wording.how_to_take_part(session.ai), wording.without_outline(session)]))
    welcome = f"**{plain(session.title)}** {phrases.BEGINS_HERE} {how}"
    parts = pieces(_beside_the_title(session), MESSAGE_CHARACTERS - weight(welcome) - 2, quoted)
    parts = [f"{welcome}\n\n{parts[0]}", *parts[1:]] if parts else [welcome]
    fresh = page.fresh and session.state is not SessionState.FINISHED
    return _sheets(parts, _first_steps(session) if fresh else ())


@draw.register
def _hint(_: HintPage) -> Sequence[Sheet]:
    return ()


@draw.register
def _passage(page: PassagePage) -> Sequence[Sheet]:
    byline = excerpt(plain(wording.byline(page.passage)), _BYLINE)
    small = f"-# {byline} · {phrases.TAKEN_BACK}" if page.taken_back else f"-# {byline}"
    dress = folded if page.taken_back else safe
    parts = pieces(wording.words_of(page.passage), MESSAGE_CHARACTERS - weight(small) - 1, dress)
    parts[-1] = f"{parts[-1]}\n{small}"
    return _sheets(parts, _under_newest(page) if page.newest and not page.taken_back else ())


@draw.register
def _writing(page: WritingPage) -> Sequence[Sheet]:
    life = f"-# {phrases.WRITING} {page.seconds} s · {_asked_by(page.asker)}"
    content = f"{latest(page.text, _STREAMED - weight(life))}\n{life}" if page.text.strip() else life
    return (Sheet(content=content, rows=((buttons.stop(page.session.id, page.job),),)),)


@draw.register
def _drafting(page: DraftingPage) -> Sequence[Sheet]:
    asked = _asked_by(page.asker)
    if page.over:
        ready = phrases.DRAFTED if page.wanted > 1 else phrases.DRAFTED_ONE
        return (Sheet(content=f"-# {ready} · {asked}"),)
    content = f"{wording.drafting_line(page)} · {asked}\n-# {phrases.STILL_PROPOSE}"
    return (Sheet(content=content, rows=((buttons.stop(page.session.id, page.job),),)),)


@draw.register
def _planning(page: PlanningPage) -> Sequence[Sheet]:
    return draw_planning(page, _asked_by(page.asker))


@draw.register
def _outline(page: OutlinePage) -> Sequence[Sheet]:
    return draw_outline(page)


@draw.register
def _unadded(page: UnaddedPage) -> Sequence[Sheet]:
    why = f"-# {wording.unadded(page)} · {_asked_by(page.asker)}"
    text = page.passage.text if page.passage else ""
    parts = pieces(text, MESSAGE_CHARACTERS - weight(why) - 1, quoted)
    parts = [*parts[:-1], f"{parts[-1]}\n{why}"] if parts else [why]
    return _sheets(parts, _second_chance(page) if page.actionable else ())


@draw.register
def _failed(page: FailedPage) -> Sequence[Sheet]:
    content = f"{wording.fault(page.fault)}\n-# {_asked_by(page.asker)}"
    again = buttons.retry_from_here(page.session.id, page.job)
    return (Sheet(content=content, rows=((again,),) if page.actionable else ()),)


@draw.register
def _ballot(page: BallotPage) -> Sequence[Sheet]:
    return (draw_ballot(page),)


@draw.register
def _event(page: EventPage) -> Sequence[Sheet]:
    return (Sheet(content=f"-# {excerpt(safe(wording.event(page)), MESSAGE_CHARACTERS - 10)}"),)


def _sheets(parts: Sequence[str], rows: Rows) -> Sequence[Sheet]:
    return (*(Sheet(content=part) for part in parts[:-1]), Sheet(content=parts[-1], rows=rows))


def _beside_the_title(session: Session) -> str:
    """Return the premise, unless the title made of it says it all."""
    return "" if session.premise.strip().rstrip(".!?…") == session.title else session.premise


def _asked_by(name: str) -> str:
    return phrases.ASKED_BY.format(name=excerpt(plain(name), _BYLINE))


def _asking(session: Session) -> tuple[Button, ...]:
    return () if session.ai is AiMode.OFF else (buttons.continue_(session.id),)


def _first_steps(session: Session) -> Rows:
    return ((*_asking(session), buttons.write(session.id), buttons.help_()),)


def _under_newest(page: PassagePage) -> Rows:
    session = page.session
    undo = buttons.undo(session.id, page.passage.id)
    return ((buttons.write(session.id), *_asking(session), undo),)


def _second_chance(page: UnaddedPage) -> Rows:
    add = (buttons.add_anyway(page.session.id, page.job),) if page.passage else ()
    return ((*add, buttons.retry_from_here(page.session.id, page.job)),)
