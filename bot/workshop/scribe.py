"""The scribe: carries out the model's jobs in the background, and takes them up again after a restart."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.prompt.repair import repair
from bot.story.manuscript import JobId, Origin, legible
from bot.story.plan import Beat, current
from bot.workshop.acts import Deeds
from bot.workshop.draftsman import Draftsman
from bot.workshop.endings import Endings
from bot.workshop.errors import ModelBusy, ModelDown, ModelError, ModelTimedOut, StoreError, Unforeseen
from bot.workshop.head import page_of_job
from bot.workshop.order import banned
from bot.workshop.outlines import outline_wish
from bot.workshop.planner import Planner, Wish
from bot.workshop.ports import Transaction
from bot.workshop.records import Job, JobState, NewPassage
from bot.workshop.task import Task

TICK_SECONDS = 2.0
RETRY_SECONDS = 5.0
TRIES = 3
"""How often a job is begun that meets a fault nobody foresaw."""

BROKE_OFF = (ModelBusy, ModelDown, ModelTimedOut)
"""What can end a text half-way; whatever else ends one says that it is not fit."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Live:
    """What a running job has to show so far."""

    job: Job
    began: datetime
    draft: NewPassage | None = None
    done: int = 0
    beats: Sequence[Beat] = ()
    verse: bool = False


@dataclass(slots=True)
class Scribe:
    """Runs one task a job; ``live`` is what they have to show."""

    deeds: Deeds
    draftsman: Draftsman
    planner: Planner
    endings: Endings
    pause: float = RETRY_SECONDS
    tick: float = TICK_SECONDS
    live: dict[JobId, Live] = field(default_factory=lambda: dict[JobId, Live]())
    _tasks: dict[JobId, asyncio.Task[None]] = field(default_factory=lambda: dict[JobId, asyncio.Task[None]]())

    async def resume(self) -> None:
        """Take up the jobs that were running when the process last ended."""
        async with self.deeds.ledger.reading() as tx:
            jobs = await tx.jobs.running()
        for job in jobs:
            self.begin(job.id)

    def begin(self, job: JobId) -> None:
        """Work on a committed job; a second call for the same job changes nothing."""
        if job not in self._tasks:
            task = asyncio.create_task(self._run(job), name=f"job-{job}")
            self._tasks[job] = task
            task.add_done_callback(lambda _: self._forget(job))

    def halt(self, jobs: Iterable[JobId]) -> None:
        """Stop the tasks of jobs that were ended in the store."""
        for job in jobs:
            if task := self._tasks.get(job):
                task.cancel()

    def so_far(self, job: JobId) -> NewPassage | None:
        """Return what a running single continuation has of whole sentences, or lines of verse, if anything."""
        live = self.live.get(job)
        if live is None or live.draft is None:
            return None
        words = live.draft.text if live.verse else repair(live.draft.text)
        return replace(live.draft, text=words, written=self.deeds.now()) if words else None

    async def close(self) -> None:
        """Stop all tasks; their jobs stay running in the store and are taken up at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, job: JobId) -> None:
        self._tasks.pop(job, None)
        self.live.pop(job, None)

    async def _run(self, job: JobId) -> None:
        """Work until the job has ended; the one place where an unforeseen fault of a job is caught.

        A job that meets one each time it is tried fails, which its page tells; if not even that can be
        noted, it is left to Stop or the next start.
        """
        met = 0
        while met < 2 * TRIES:
            try:
                await (self._work(job) if met < TRIES else self._give_up(job))
                return
            except StoreError as fault:
                log.warning("job %s waits for the store: %s", job, type(fault).__name__)
            except Exception:
                met += 1
                log.exception("job %s met an unforeseen fault, for the %s. time", job, met)
            await asyncio.sleep(self.pause)

    async def _give_up(self, job_id: JobId) -> None:
        async with self.deeds.ledger.reading() as tx:
            job = await tx.jobs.get(job_id)
        if job is not None:
            await self.endings.failed(job, Unforeseen(), self.so_far(job_id))

    async def _work(self, job_id: JobId) -> None:
        async with self.deeds.ledger.reading() as tx:
            job = await tx.jobs.get(job_id)
            if job is None or job.state is not JobState.RUNNING:
                return
            task = await _task(tx, job)
            wish = await outline_wish(tx, task.session, job)
        live = self.live[job_id] = Live(job, self.deeds.now(), done=len(task.others))
        live.verse = task.shape is not None
        ticker = asyncio.create_task(self._tick(live))
        try:
            if wish:
                await self._outline(live, wish)
            elif job.wanted == 1:
                await self._single(live, task)
            else:
                await self._several(live, task)
        except ModelError as fault:
            log.warning("job %s: the model failed: %s", job_id, type(fault).__name__)
            broke_off = isinstance(fault, BROKE_OFF)
            await self.endings.failed(job, fault, self.so_far(job_id) if broke_off else None)
        finally:
            ticker.cancel()

    async def _outline(self, live: Live, wish: Wish) -> None:
        def show(beats: Sequence[Beat]) -> None:
            live.beats = beats
            self.deeds.courier.refresh(live.job.session, page_of_job(live.job))

        await self.endings.outlined(live.job, await self.planner.draft(wish, show))

    async def _single(self, live: Live, task: Task) -> None:
        def show(draft: NewPassage) -> None:
            live.draft = draft
            self.deeds.courier.refresh(live.job.session, page_of_job(live.job))

        draft = await self.draftsman.draft(task, show)
        await self.endings.single(live.job, draft)

    async def _several(self, live: Live, task: Task) -> None:
        """Draft what is still missing, all at once; fewer than wanted still make a ballot."""
        job, written, faults = live.job, list(task.others), list[ModelError | StoreError]()

        async def one(index: int) -> None:
            try:
                wanted = replace(task, index=index, others=written)
                draft = await self.draftsman.draft(wanted, show=lambda _: None)
                await self.endings.candidate(job, draft)
            except (ModelError, StoreError) as fault:
                faults.append(fault)
                return
            written.append(draft.text)
            live.done += 1
            self.deeds.courier.refresh(job.session, page_of_job(job))

        async with asyncio.TaskGroup() as group:
            for index in range(live.done, job.wanted):
                group.create_task(one(index))
        for fault in faults:
            if isinstance(fault, StoreError) or not written:
                raise fault
        await self.endings.several(job)

    async def _tick(self, live: Live) -> None:
        """Let the page count the seconds: a sign of life while no text comes."""
        while True:
            await asyncio.sleep(self.tick)
            self.deeds.courier.refresh(live.job.session, page_of_job(live.job))


async def _task(tx: Transaction, job: Job) -> Task:
    session = await tx.sessions.by_id(job.session)
    story = await tx.passages.branch(job.session, job.parent)
    beat = current(await tx.plans.of(session.id), story)
    return Task(
        job,
        session,
        legible(story),
        others=await _written(tx, job),
        beat=beat,
        banned=await banned(tx, session.guild),
    )


async def _written(tx: Transaction, job: Job) -> list[str]:
    if job.ballot is None:
        return []
    candidates = await tx.ballots.candidates(job.ballot)
    return [passage.text for _, passage in candidates if passage.origin is Origin.MODEL]
