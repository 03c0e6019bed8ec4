"""Outlines and the beats that they left."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select

from bot.storage.link import Link
from bot.storage.schema import beats, outlines
from bot.story.manuscript import JobId, SessionId
from bot.story.plan import Beat, Plan


class StoredPlans:
    """Plans of sessions; the latest that was finished counts, earlier ones are kept."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def ask(self, job: JobId, session: SessionId, acts: int) -> None:
        """Note that a job drafts an outline of so many acts."""
        await self._link.insert(outlines, job=job, session=session, acts=acts)

    async def acts(self, job: JobId) -> int | None:
        """Return how many acts a job drafts, None for one that drafts no outline."""
        return await self._link.value(select(outlines.c.acts).where(outlines.c.job == job))

    async def latest_acts(self, session: SessionId) -> int | None:
        """Return how many acts were asked for last, None where no outline ever was."""
        asked = select(outlines.c.acts).where(outlines.c.session == session)
        return await self._link.value(asked.order_by(outlines.c.job.desc()).limit(1))

    async def keep(self, job: JobId, drafted: Sequence[Beat]) -> None:
        """Keep what a job drafted."""
        rows = [
            {"job": job, "position": beat.position, "act": beat.act, "title": beat.title, "text": beat.text}
            for beat in drafted
        ]
        await self._link.run(insert(beats), rows)

    async def of_job(self, job: JobId) -> Plan | None:
        """Return what a job drafted, if it has finished."""
        columns = beats.c.position, beats.c.act, beats.c.title, beats.c.text
        rows = await self._link.all(select(*columns).where(beats.c.job == job).order_by(beats.c.position))
        return Plan(job, tuple(Beat(**row) for row in rows)) if rows else None

    async def of(self, session: SessionId) -> Plan | None:
        """Return the session's plan."""
        drafted = select(func.max(beats.c.job)).join_from(beats, outlines)
        job = await self._link.value(drafted.where(outlines.c.session == session))
        return await self.of_job(JobId(job)) if job is not None else None
