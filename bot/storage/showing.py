"""On which pages a passage is seen."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.storage.link import Link
from bot.storage.schema import ballots, candidates, jobs, passages
from bot.story.ballot import BallotState
from bot.story.manuscript import PassageId, SessionId


async def pages_showing(link: Link, session: SessionId, found: Sequence[PassageId]) -> Sequence[str]:
    """Return the keys of a session's pages that show one of the passages found."""
    prose = select(passages.c.page).where(passages.c.id.in_(found), passages.c.page.is_not(None))
    work = select(jobs.c.id).where(jobs.c.session == session, jobs.c.passage.in_(found), jobs.c.wanted == 1)
    votes = select(candidates.c.ballot).join_from(candidates, ballots, candidates.c.ballot == ballots.c.id)
    stood = votes.where(candidates.c.passage.in_(found), ballots.c.state != BallotState.DRAFT)
    keys = [
        *await link.values(prose),
        *(f"turn:{job}" for job in await link.values(work)),
        *(f"ballot:{ballot}" for ballot in await link.values(stood)),
    ]
    return list(dict.fromkeys(keys))
