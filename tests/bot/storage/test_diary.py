from sqlalchemy import select

from bot.storage.schema import audit
from bot.workshop.records import Event


async def test_an_event_comes_back_as_it_was_recorded(tx, session, ann, moment):
    facts = {"title": "The Door", "passages": 3, "drawn": [1, 2], "winner": None}
    number = await tx.diary.record(session.id, "finished", ann, moment, facts)
    assert await tx.diary.event(number) == Event(
        number, session.id, "finished", ann.id, ann.name, moment, facts
    )
    assert await tx.diary.event(number + 1) is None


async def test_an_audit_entry_needs_no_session(tx, ann, moment):
    await tx.diary.audit("new guild", "setting", ann, moment, {"name": "x", "since": moment})
    (entry,) = await tx.link.all(select(audit))
    assert entry["guild"] == "new guild"
    assert entry["facts"] == {"name": "x", "since": "2026-01-02T03:04:05.678901Z"}
