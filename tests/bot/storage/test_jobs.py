from dataclasses import asdict, replace

import pytest

from bot.workshop.errors import StoreBroken
from bot.workshop.records import Job, JobState


@pytest.fixture
async def job(tx, new_job):
    return await tx.jobs.add(new_job)


async def test_a_job_begins_running_and_comes_back_whole(tx, job, new_job):
    assert job == Job(id=job.id, state=JobState.RUNNING, **asdict(new_job))
    assert await tx.jobs.get(job.id) == job


async def test_a_session_has_one_running_job(tx, job, new_job):
    with pytest.raises(StoreBroken):
        await tx.jobs.add(new_job)


async def test_running_jobs_are_found_by_session_or_all_together(tx, job, new_job, begin):
    other = await tx.jobs.add(replace(new_job, session=(await begin(tx)).id))
    assert await tx.jobs.running(other.session) == [other]
    assert await tx.jobs.running() == [job, other]


async def test_a_job_ends_once(tx, job):
    assert await tx.jobs.end(job.id, JobState.FAILED, fault="ModelDown")
    assert not await tx.jobs.end(job.id, JobState.DONE)
    assert await tx.jobs.get(job.id) == replace(job, state=JobState.FAILED, fault="ModelDown")
    assert await tx.jobs.running() == []


async def test_ending_keeps_the_passage_that_was_noted_before(tx, job, session, write):
    passage = await write(tx, session)
    await tx.jobs.set_passage(job.id, passage.id)
    await tx.jobs.end(job.id, JobState.STALE)
    assert await tx.jobs.get(job.id) == replace(job, state=JobState.STALE, passage=passage.id)


async def test_after_one_ended_another_may_run(tx, job, new_job):
    await tx.jobs.end(job.id, JobState.STOPPED)
    assert (await tx.jobs.add(new_job)).id != job.id
