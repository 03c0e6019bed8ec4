from dataclasses import fields
from datetime import UTC, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.workshop import notices
from bot.workshop.errors import StoreBroken
from bot.workshop.notices import Finished, Notice, Stopped

NOTICES = [kind for kind in vars(notices).values() if isinstance(kind, type) and issubclass(kind, Notice)]
CALLS = count()

moments = st.datetimes(timezones=st.just(UTC))


def any_of(kind):
    """Any notice of this kind, its moments aware."""
    aware = {field.name: moments for field in fields(kind) if "datetime" in str(field.type)}
    return st.builds(kind, **aware)


@pytest.mark.parametrize("kind", NOTICES, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_notice_comes_back_as_it_was_kept(tx, moment, kind, data):
    notice, call = data.draw(any_of(kind)), str(next(CALLS))
    await tx.receipts.keep(call, notice, moment)
    found = await tx.receipts.find(call)
    assert (type(found), found) == (kind, notice)


async def test_an_unknown_interaction_has_no_receipt(tx):
    assert await tx.receipts.find("never") is None


async def test_an_interaction_is_carried_out_once(tx, moment):
    await tx.receipts.keep("call", Stopped(1, 2), moment)
    with pytest.raises(StoreBroken):
        await tx.receipts.keep("call", Finished(1, "The Door", 3), moment)


async def test_old_receipts_are_forgotten(tx, moment):
    await tx.receipts.keep("old", Stopped(1, 2), moment - timedelta(days=1))
    await tx.receipts.keep("new", Stopped(1, 2), moment)
    await tx.receipts.forget(moment)
    assert await tx.receipts.find("old") is None
    assert await tx.receipts.find("new") == Stopped(1, 2)
