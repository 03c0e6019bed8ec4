"""One person's rows in one guild: counted, redrawn, blanked, given another name."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, true, update

from bot.storage.facts import mentions, replace_in_facts
from bot.storage.guilds import meet
from bot.storage.link import Link
from bot.storage.personal import MARKS, ballots_with, by, within
from bot.storage.personal_pages import pages
from bot.storage.schema import (
    audit,
    ballots,
    beat_edits,
    blocks,
    candidates,
    events,
    former_writers,
    jobs,
    participants,
    passages,
    receipts,
    sessions,
    shown,
    votes,
)
from bot.story.ballot import BallotState
from bot.story.manuscript import BallotId, Origin, SessionId
from bot.story.people import Member
from bot.story.privacy import UNTITLED
from bot.workshop.people_records import Footprint

BLOCKED: Final = "someone who was forgotten"
"""The name of a block whose person asked to be forgotten; a pseudonym would tell whose it is."""

_NAMING_WRITERS: Final = ("passage-removed", "text-removed")
"""Kinds of audit entries that tell a writer's name."""


class StoredPrivacy:
    """What the guild's records hold of a person. Every method is part of one deed's transaction."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def footprint(self, guild: str, member: str) -> Footprint:
        """Count the rows that bear the person's id."""
        written = by(guild, member) & (passages.c.origin == Origin.HUMAN)
        taken_part = (participants.c.member == member) & within(participants, guild)
        counted = {mark.table.name: await self._count(mark.of(guild, member)) for mark in MARKS}
        blocked = (blocks.c.guild == guild) & (blocks.c.member == member)
        return Footprint(
            passages=await self._count(written),
            asked=counted[jobs.name],
            votes=counted[votes.name],
            opened=counted[sessions.name],
            took_part=await self._count(taken_part),
            events=counted[events.name],
            audited=counted[audit.name],
            mentioned=await self._mentions(guild, member),
            blocked=bool(await self._count(blocked)),
        )

    async def shown(self, guild: str, member: str) -> Sequence[tuple[SessionId, str]]:
        """Return the pages that stand somewhere and show the person's name or words, with their sessions."""
        standing = select(shown.c.page).where(shown.c.message.is_not(None), shown.c.gone.is_(False))
        found: dict[str, SessionId] = {}
        for chosen in pages(guild, member):
            mine = chosen.subquery()
            seen = select(mine).where(mine.c.page.in_(standing)).order_by(mine.c.page)
            found |= {row["page"]: row["session"] for row in await self._link.all(seen)}
        return [(session, page) for page, session in found.items()]

    async def withdraw_votes(self, guild: str, member: str) -> Sequence[tuple[SessionId, BallotId]]:
        """Take the person's votes out of the ballots that are still open, and return these."""
        mine = select(votes.c.ballot).where(votes.c.member == member)
        open_ = await self._open(within(ballots, guild) & ballots.c.id.in_(mine))
        numbers = [ballot for _, ballot in open_]
        await self._link.run(delete(votes).where(votes.c.member == member, votes.c.ballot.in_(numbers)))
        return open_

    async def withdraw_proposals(self, guild: str, member: str) -> Sequence[tuple[SessionId, BallotId]]:
        """Take the person's proposals out of drafts, and all votes for them out of open ballots.

        Returns the open ballots that are left without anybody else's candidate.
        """
        proposed = by(guild, member) & (passages.c.origin == Origin.HUMAN)
        mine = candidates.c.passage.in_(select(passages.c.id).where(proposed))
        drafts = select(ballots.c.id).where(ballots.c.state == BallotState.DRAFT)
        await self._link.run(delete(candidates).where(mine, candidates.c.ballot.in_(drafts)))
        open_ = await self._open(within(ballots, guild) & ballots.c.id.in_(ballots_with(mine)))
        for _, ballot in open_:
            numbers = select(candidates.c.number).where(candidates.c.ballot == ballot, mine)
            await self._link.run(delete(votes).where(votes.c.ballot == ballot, votes.c.choice.in_(numbers)))
        others = set(await self._link.values(ballots_with(~mine)))
        return [(session, ballot) for session, ballot in open_ if ballot not in others]

    async def blank(self, guild: str, member: str) -> None:
        """Take the person's words out: passages, which leave gaps, premises and titles, directions."""
        mine = by(guild, member)
        words = mine & (passages.c.origin == Origin.HUMAN)
        await self._link.run(update(passages).where(words).values(text=""))
        edited = (beat_edits.c.editor == member) & within(beat_edits, guild)
        await self._link.run(update(beat_edits).where(edited).values(text=""))
        asked = (jobs.c.asker == member) & within(jobs, guild)
        await self._link.run(update(jobs).where(asked).values(direction=None))
        for row in await self._link.all(
            select(passages.c.id, passages.c.how).where(mine, passages.c.how.is_not(None))
        ):
            undirected = replace(row["how"], direction=None)
            await self._link.run(update(passages).where(passages.c.id == row["id"]).values(how=undirected))
        opened = (sessions.c.opener == member) & (sessions.c.guild == guild)
        for row in await self._link.all(select(sessions.c.id, sessions.c.title).where(opened)):
            await self._untitle(row["id"], row["title"])

    async def rename(self, guild: str, member: str, former: Member) -> None:
        """Put ``former`` in the person's place everywhere, and drop where they took part."""
        names = dict.fromkeys(await self._names(guild, member), former.name)
        told = (mentions(events, member), mentions(audit, member) | audit.c.kind.in_(_NAMING_WRITERS))
        for table, rows in zip((events, audit), told, strict=True):
            await replace_in_facts(
                self._link, table, within(table, guild) & rows, {member: former.id, **names}
            )
        await replace_in_facts(self._link, receipts, true(), names)
        for mark in MARKS:
            values = {mark.member: former.id, **({mark.name: former.name} if mark.name else {})}
            await self._link.run(update(mark.table).where(mark.of(guild, member)).values(values))
        gone = (participants.c.member == member) & within(participants, guild)
        await self._link.run(delete(participants).where(gone))
        blocked = (blocks.c.guild == guild) & (blocks.c.member == member)
        await self._link.run(update(blocks).where(blocked).values(name=BLOCKED))

    async def next_former(self, guild: str, at: datetime) -> int:
        """Give out the guild's next number for a pseudonym."""
        await meet(self._link, guild, at)
        given = select(func.max(former_writers.c.number)).where(former_writers.c.guild == guild)
        number = 1 + (await self._link.value(given) or 0)
        await self._link.insert(former_writers, guild=guild, number=number, gone=at)
        return number

    async def _untitle(self, session: int, title: str) -> None:
        values = {"title": UNTITLED, "premise": ""}
        await self._link.run(update(sessions).where(sessions.c.id == session).values(values))
        words = {title: UNTITLED}
        await replace_in_facts(self._link, events, events.c.session == session, words)
        about = receipts.c.facts["session"].as_integer() == session
        await replace_in_facts(self._link, receipts, about, words)

    async def _mentions(self, guild: str, member: str) -> int:
        told = [within(table, guild) & mentions(table, member) for table in (events, audit)]
        return sum([await self._count(rows) for rows in told])

    async def _names(self, guild: str, member: str) -> set[str]:
        names: set[str] = set()
        for mark in MARKS:
            if mark.name:
                borne = select(mark.table.c[mark.name]).where(mark.of(guild, member)).distinct()
                names |= set(await self._link.values(borne))
        return names

    async def _count(self, rows: ColumnElement[bool]) -> int:
        return await self._link.value(select(func.count()).where(rows))

    async def _open(self, rows: ColumnElement[bool]) -> Sequence[tuple[SessionId, BallotId]]:
        chosen = select(ballots.c.session, ballots.c.id).where(rows, ballots.c.state == BallotState.OPEN)
        return [(row["session"], row["id"]) for row in await self._link.all(chosen)]
