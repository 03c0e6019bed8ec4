"""How a plot's outline looks, while it is drafted and then."""

from collections.abc import Sequence

from bot import wording
from bot.story.plan import Beat
from bot.workshop.pages import OutlinePage, PlanningPage
from cogs import buttons, phrases
from cogs.escaping import pieces, plain
from cogs.sheets import MESSAGE_CHARACTERS, Rows, Sheet

_ROOM_FOR_MARKS = 200


def draw_planning(page: PlanningPage, asked: str) -> Sequence[Sheet]:
    """Draw an outline as far as it is drafted, above the way to stop it."""
    life = f"-# {wording.planning_line(page)} · {asked}"
    parts = pieces("\n".join(_beats(page.beats)), MESSAGE_CHARACTERS - len(life) - 1) or [""]
    stop = buttons.stop(page.session.id, page.job)
    return _sheets([*parts[:-1], f"{parts[-1]}\n{life}".lstrip()], ((stop,),))


def draw_outline(page: OutlinePage) -> Sequence[Sheet]:
    """Draw an outline, the beat that comes next marked in words and in bold."""
    title = f"**{plain(wording.outline_title(page))}**"
    place = f"-# {wording.outline_place(page)}"
    current = None if page.replaced else page.current
    text = "\n".join(_beats(page.beats, current))
    first, *rest = pieces(text, MESSAGE_CHARACTERS - _ROOM_FOR_MARKS)
    parts = [f"{title}\n{first}", *rest]
    return _sheets([*parts[:-1], f"{parts[-1]}\n{place}"], _under(page))


def _beats(beats: Sequence[Beat], current: int | None = None) -> list[str]:
    lines: list[str] = []
    for heading, group in wording.acts_of(beats):
        lines.append(f"**{heading}**")
        lines += [_beat(beat, beat.position == current) for beat in group]
    return lines


def _beat(beat: Beat, now: bool) -> str:
    return (
        f"{beat.position}. **{beat.text}** ({phrases.COMES_NEXT})" if now else f"{beat.position}. {beat.text}"
    )


def _under(page: OutlinePage) -> Rows:
    if not page.fresh or page.replaced:
        return ()
    session = page.session.id
    return ((buttons.continue_(session), buttons.write(session), buttons.another_outline(session, page.job)),)


def _sheets(parts: Sequence[str], rows: Rows) -> Sequence[Sheet]:
    return (*(Sheet(content=part) for part in parts[:-1]), Sheet(content=parts[-1], rows=rows))
