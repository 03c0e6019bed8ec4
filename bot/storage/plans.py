"""Outlines and the beats that they left."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, insert, select

from bot.storage.link import Link
from bot.storage.schema import beat_edits, beat_marks, beats, outlines
from bot.story.manuscript import JobId, PassageId, SessionId
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
        """Return what a job drafted, if it has finished, as people changed it since."""
        columns = beats.c.position, beats.c.act, beats.c.title, beats.c.text
        rows = await self._link.all(select(*columns).where(beats.c.job == job).order_by(beats.c.position))
        if not rows:
            return None
        edited = await self._edited(job)
        drafted = (Beat(**row) for row in rows)
        return Plan(
            job,
            tuple(replace(beat, text=edited.get(beat.position, beat.text)) for beat in drafted),
            await self._marks(job),
        )

    async def mark(self, plan: Plan, session: SessionId, passage: PassageId | None, told: int) -> None:
        """Note that after a passage so many beats are told; the latest note on a passage counts."""
        await self._link.insert(beat_marks, session=session, job=plan.job, passage=passage, told=told)

    async def edit(self, plan: Plan, session: SessionId, beat: Beat, editor: str) -> None:
        """Note that somebody gave a beat another text; what it replaced is kept."""
        row = {"job": plan.job, "position": beat.position, "text": beat.text, "editor": editor}
        await self._link.insert(beat_edits, session=session, **row)

    async def of(self, session: SessionId) -> Plan | None:
        """Return the session's plan."""
        drafted = select(func.max(beats.c.job)).join_from(beats, outlines)
        job = await self._link.value(drafted.where(outlines.c.session == session))
        return await self.of_job(JobId(job)) if job is not None else None

    async def _edited(self, job: JobId) -> Mapping[int, str]:
        texts = select(beat_edits.c.position, beat_edits.c.text).where(beat_edits.c.job == job)
        rows = await self._link.all(texts.where(beat_edits.c.text != "").order_by(beat_edits.c.id))
        return {row["position"]: row["text"] for row in rows}

    async def _marks(self, job: JobId) -> Mapping[PassageId | None, int]:
        marks = select(beat_marks.c.passage, beat_marks.c.told).where(beat_marks.c.job == job)
        rows = await self._link.all(marks.order_by(beat_marks.c.id))
        return {row["passage"]: row["told"] for row in rows}
