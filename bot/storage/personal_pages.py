"""Which pages show a person: their name under a text, or their words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, literal, select

from bot.storage.personal import ballots_with, by, within
from bot.storage.schema import ballots, beat_edits, candidates, events, jobs, passages, sessions


def pages(guild: str, member: str) -> Sequence[Select[*tuple[Any, ...]]]:
    """Select the keys of every page that may show the person: each a query of ``session`` and ``page``."""
    mine = select(passages.c.id).where(by(guild, member))
    asked = (jobs.c.asker == member) & within(jobs, guild)
    acted = (events.c.actor == member) & within(events, guild)
    opened = (sessions.c.opener == member) & (sessions.c.guild == guild)
    proposed = within(ballots, guild) & ballots.c.id.in_(ballots_with(candidates.c.passage.in_(mine)))
    edited = beat_edits.c.editor == member, within(beat_edits, guild)
    return [
        _numbered("turn:", beat_edits.c.session, beat_edits.c.job, and_(*edited)),
        *(_numbered(f"{kind}:", sessions.c.id, sessions.c.id, opened) for kind in ("card", "opening")),
        select(passages.c.session, passages.c.page.label("page")).where(passages.c.id.in_(mine)),
        *(_numbered(f"{kind}:", jobs.c.session, jobs.c.id, asked) for kind in ("turn", "drafting")),
        _numbered("ballot:", ballots.c.session, ballots.c.id, proposed),
        _numbered("event:", events.c.session, events.c.id, acted),
    ]


def _numbered(
    kind: str, session: ColumnElement[Any], number: ColumnElement[Any], rows: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    page = literal(kind).concat(cast(number, String)).label("page")
    return select(session.label("session"), page).where(rows)
