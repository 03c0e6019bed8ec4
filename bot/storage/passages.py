"""The trees of passages."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, Select, insert, literal, select, update

from bot.storage.link import Link
from bot.storage.schema import passages, removals
from bot.storage.showing import pages_showing
from bot.story.manuscript import BallotId, Passage, PassageId, SessionId
from bot.workshop.records import NewPassage


class StoredPassages:
    """Passages, never overwritten; only where one stands in the story is noted later, and that it was removed."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, new: NewPassage) -> Passage:
        """Add a node to the session's tree."""
        number = await self._link.insert(
            passages,
            session=new.session,
            parent=new.parent,
            text=new.text,
            origin=new.origin,
            author=new.author,
            author_name=new.author_name,
            written=new.written,
            how=new.how,
        )
        row = await self._link.first(whole().where(passages.c.id == number))
        return Passage(**row or {})

    async def get(self, session: SessionId, passage: PassageId) -> Passage | None:
        """Return the passage, if it is of this session."""
        chosen = whole().where(passages.c.session == session, passages.c.id == passage)
        row = await self._link.first(chosen)
        return None if row is None else Passage(**row)

    async def by_id(self, passage: PassageId) -> Passage:
        """Return the passage, whosever it is. Raises KeyError."""
        row = await self._link.first(whole().where(passages.c.id == passage))
        if row is None:
            raise KeyError(passage)
        return Passage(**row)

    async def branch(self, session: SessionId, head: PassageId | None) -> Sequence[Passage]:
        """Return the passages from the root to ``head``. Raises KeyError for a head that is not there."""
        if head is None:
            return []
        chain = _chain(session, head)
        chosen = whole().join(chain, chain.c.id == passages.c.id).order_by(chain.c.up.desc())
        path = [Passage(**row) for row in await self._link.all(chosen)]
        if not path:
            raise KeyError(head)
        return path

    async def told(self, session: SessionId, head: PassageId | None, passage: PassageId) -> bool:
        """Tell whether a passage is on the way from the root to ``head``."""
        if head is None:
            return False
        chain = _chain(session, head, passage)
        return await self._link.value(select(chain.c.id).where(chain.c.id == passage)) is not None

    async def beside(self, session: SessionId, head: PassageId | None) -> Sequence[Passage]:
        """Return the passages with a text that are not on the way to ``head``, the newest first."""
        chosen = whole().where(passages.c.session == session, passages.c.text != "")
        if head is not None:
            chosen = chosen.where(passages.c.id.not_in(select(_chain(session, head).c.id)))
        return [Passage(**row) for row in await self._link.all(chosen.order_by(passages.c.id.desc()))]

    async def erase(self, passage: PassageId) -> Sequence[PassageId]:
        """Take the text out of a passage and of those that stand on its page, for a moderator; return them."""
        page = select(passages.c.page).where(passages.c.id == passage).scalar_subquery()
        session = select(passages.c.session).where(passages.c.id == passage).scalar_subquery()
        on_page = (passages.c.page == page) & (passages.c.session == session)
        found = await self._link.values(select(passages.c.id).where((passages.c.id == passage) | on_page))
        texts = select(passages.c.id).where(passages.c.id.in_(found), passages.c.text != "")
        await self._link.run(insert(removals).from_select(["passage"], texts))
        await self._link.run(update(passages).where(passages.c.id.in_(found)).values(text=""))
        return [PassageId(number) for number in found]

    async def pages(self, session: SessionId, passages: Sequence[PassageId]) -> Sequence[str]:
        """Return the keys of all pages that show one of the passages: as prose, as work, as a candidate."""
        return await pages_showing(self._link, session, passages)

    async def place(self, passage: PassageId, page: str, chosen_by: BallotId | None = None) -> None:
        """Note that the passage joined the story, on which page, and by which ballot."""
        placed = update(passages).where(passages.c.id == passage)
        await self._link.run(placed.values(page=page, chosen_by=chosen_by))


def whole() -> Select[Any]:
    """Select passages, each with whether a moderator took its text out."""
    moderated = removals.c.passage.is_not(None).label("moderated")
    return select(passages, moderated).outerjoin_from(passages, removals)


def _chain(session: SessionId, head: PassageId, oldest: PassageId | None = None) -> CTE:
    """Walk from ``head`` to the root, or to ``oldest``: each passage's id, and how far up it stands.

    A parent is older than its children, so the walk can end there.
    """
    tip = select(passages.c.id, passages.c.parent, literal(0).label("up"))
    chain = tip.where(passages.c.session == session, passages.c.id == head).cte("chain", recursive=True)
    older = select(passages.c.id, passages.c.parent, chain.c.up + 1).where(
        passages.c.id == chain.c.parent, passages.c.id >= (oldest or 0)
    )
    return chain.union_all(older)
