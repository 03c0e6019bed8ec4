from datetime import timedelta

import pytest

HOUR = timedelta(hours=1)


@pytest.fixture
async def ballots(tx, begin):
    return [(await tx.ballots.add((await begin(tx)).id, None, "1")).id for _ in range(3)]


async def test_what_is_due_is_claimed_once_the_earliest_first(tx, ballots, moment):
    for ballot, hours in zip(ballots, (2, 1, 3), strict=True):
        await tx.deadlines.set(ballot, moment + hours * HOUR)
    assert await tx.deadlines.next() == moment + HOUR
    assert await tx.deadlines.claim(moment) == []
    assert await tx.deadlines.claim(moment + 2 * HOUR) == [ballots[1], ballots[0]]
    assert await tx.deadlines.claim(moment + 2 * HOUR) == []
    assert await tx.deadlines.next() == moment + 3 * HOUR


async def test_a_deadline_can_be_moved(tx, ballots, moment):
    await tx.deadlines.set(ballots[0], moment)
    await tx.deadlines.set(ballots[0], moment + HOUR)
    assert await tx.deadlines.next() == moment + HOUR


async def test_nothing_is_due_where_nothing_was_set(tx):
    assert await tx.deadlines.next() is None


async def test_a_claim_whose_effect_fails_stays_due(ledger, begin, moment):
    async with ledger.writing() as tx:
        ballot = await tx.ballots.add((await begin(tx)).id, None, "1")
        await tx.deadlines.set(ballot.id, moment)
    with pytest.raises(ZeroDivisionError):
        async with ledger.writing() as tx:
            assert await tx.deadlines.claim(moment) == [ballot.id]
            raise ZeroDivisionError
    async with ledger.reading() as tx:
        assert await tx.deadlines.next() == moment
