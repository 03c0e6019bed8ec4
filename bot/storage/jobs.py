"""The model's work."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select, update

from bot.storage.link import Link
from bot.storage.schema import jobs, sessions
from bot.story.manuscript import JobId, PassageId, SessionId
from bot.workshop.records import Job, JobState, NewJob


class StoredJobs:
    """Jobs; one ends once, and a session has at most one that runs."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def add(self, new: NewJob) -> Job:
        """Keep a job in state running."""
        asked = asdict(new)
        number = await self._link.insert(jobs, **asked, state=JobState.RUNNING)
        return Job(id=JobId(number), state=JobState.RUNNING, **asked)

    async def get(self, job: JobId) -> Job | None:
        """Return the job of that number."""
        row = await self._link.first(select(jobs).where(jobs.c.id == job))
        return None if row is None else Job(**row)

    async def running(self, session: SessionId | None = None) -> Sequence[Job]:
        """Return the jobs in state running, of one session or of all, oldest first."""
        chosen = select(jobs).where(jobs.c.state == JobState.RUNNING).order_by(jobs.c.id)
        if session is not None:
            chosen = chosen.where(jobs.c.session == session)
        return [Job(**row) for row in await self._link.all(chosen)]

    async def of_person(self, guild: str, member: str) -> Sequence[Job]:
        """Return the jobs in state running that a member asked for in a guild, oldest first."""
        chosen = select(jobs).join_from(jobs, sessions).where(sessions.c.guild == guild)
        mine = jobs.c.asker == member, jobs.c.state == JobState.RUNNING
        return [Job(**row) for row in await self._link.all(chosen.where(*mine).order_by(jobs.c.id))]

    async def end(
        self, job: JobId, state: JobState, passage: PassageId | None = None, fault: str | None = None
    ) -> bool:
        """End a running job, once: False when it has ended already.

        A passage that was noted before stays when none is given.
        """
        ended = update(jobs).where(jobs.c.id == job, jobs.c.state == JobState.RUNNING)
        left = {} if passage is None else {"passage": passage}
        return await self._link.changed(ended.values(state=state, fault=fault, **left))

    async def set_passage(self, job: JobId, passage: PassageId) -> None:
        """Note what the job left in the tree."""
        await self._link.run(update(jobs).where(jobs.c.id == job).values(passage=passage))
