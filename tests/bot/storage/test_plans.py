"""Outlines and their beats."""

from dataclasses import replace

from bot.story.plan import Beat, Plan
from bot.workshop.records import NewJob

BEATS = (Beat(1, 1, "Cold Ovens", "The oven cracks."), Beat(2, 2, "Crossed Lines", "Bruno laughs."))


async def asked(tx, session, moment, acts):
    job = await tx.jobs.add(NewJob(session.id, None, "1", "Ann", None, 1, "medium", 7, moment))
    await tx.plans.ask(job.id, session.id, acts)
    await tx.jobs.end(job.id, "done")
    return job.id


async def test_an_outline_is_nothing_until_it_is_kept(tx, session, moment):
    job = await asked(tx, session, moment, 2)
    assert (await tx.plans.acts(job), await tx.plans.acts(job + 1)) == (2, None)
    assert await tx.plans.of(session.id) is None
    await tx.plans.keep(job, BEATS)
    assert await tx.plans.of(session.id) == Plan(job, BEATS)


async def test_the_latest_outline_that_was_finished_counts(tx, session, moment):
    first, second = await asked(tx, session, moment, 2), await asked(tx, session, moment, 3)
    await tx.plans.keep(first, BEATS)
    assert (await tx.plans.of(session.id)).job == first
    await tx.plans.keep(second, BEATS[:1])
    assert await tx.plans.of(session.id) == Plan(second, BEATS[:1])
    assert await tx.plans.of_job(first) == Plan(first, BEATS)
    assert await tx.plans.latest_acts(session.id) == 3


async def test_a_plan_is_its_own_sessions(tx, begin, moment):
    one, other = await begin(tx), await begin(tx)
    await tx.plans.keep(await asked(tx, one, moment, 1), BEATS)
    assert await tx.plans.of(other.id) is None
    assert await tx.plans.latest_acts(other.id) is None


async def test_marks_and_edits_belong_to_their_outline_and_the_latest_counts(tx, session, write, moment):
    first = await asked(tx, session, moment, 2)
    await tx.plans.keep(first, BEATS)
    plan, passage = await tx.plans.of_job(first), await write(tx, session)
    for told in (1, 2):
        await tx.plans.mark(plan, session.id, passage.id, told)
        await tx.plans.edit(plan, session.id, replace(BEATS[0], text=f"Version {told}."), "ann")
    await tx.plans.mark(plan, session.id, None, 0)
    kept = await tx.plans.of_job(first)
    assert kept.marks == {passage.id: 2, None: 0}
    assert [beat.text for beat in kept.beats] == ["Version 2.", "Bruno laughs."]
    second = await asked(tx, session, moment, 2)
    await tx.plans.keep(second, BEATS)
    assert await tx.plans.of(session.id) == Plan(second, BEATS)
