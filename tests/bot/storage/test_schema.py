"""What may not be cannot be written, whoever tries."""

from datetime import datetime

import pytest
from sqlalchemy import update

from bot.storage.schema import ballots
from bot.workshop.errors import StoreBroken


async def test_a_head_is_a_passage_of_its_own_session(tx, begin, write, moment):
    one, other = await begin(tx), await begin(tx)
    passage = await write(tx, one)
    with pytest.raises(StoreBroken):
        await tx.sessions.move_head(other.id, passage.id, moment)


async def test_a_parent_is_a_passage_of_its_own_session(tx, begin, write):
    passage = await write(tx, await begin(tx))
    with pytest.raises(StoreBroken):
        await write(tx, await begin(tx), passage.id)


async def test_a_thread_holds_one_session(tx, begin):
    one, other = await begin(tx), await begin(tx)
    await tx.sessions.set_thread(one.id, "thread")
    with pytest.raises(StoreBroken):
        await tx.sessions.set_thread(other.id, "thread")


async def test_a_state_is_one_of_those_there_are(tx, session):
    ballot = await tx.ballots.add(session.id, None, "1")
    with pytest.raises(StoreBroken):
        await tx.link.run(update(ballots).where(ballots.c.id == ballot.id).values(state="lost"))


async def test_an_open_ballot_has_its_times(tx, session):
    ballot = await tx.ballots.add(session.id, None, "1")
    with pytest.raises(StoreBroken):
        await tx.link.run(update(ballots).where(ballots.c.id == ballot.id).values(state="open"))


async def test_a_moment_without_a_time_zone_is_refused(tx, session):
    ballot = await tx.ballots.add(session.id, None, "1")
    with pytest.raises(Exception, match="offset-naive"):
        await tx.deadlines.set(ballot.id, datetime(2026, 1, 1))  # noqa: DTZ001
