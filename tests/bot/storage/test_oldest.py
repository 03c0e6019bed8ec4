"""What the first version stored, read by this one: oldest.sql is the dump of such a file."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import open_store
from bot.story.ballot import BallotState, Vote
from bot.story.manuscript import Origin, Provenance, SessionState
from bot.story.presets import Sampling
from bot.workshop.notices import BallotClosed
from bot.workshop.records import JobState, OutboxRow, Shown

THEN = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture
async def oldest(path, moment):
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as store:
        store.executescript((Path(__file__).parent / "oldest.sql").read_text())
    async with open_store(path, busy_timeout=0.2, now=lambda: moment) as ledger, ledger.reading() as tx:
        yield tx


async def test_its_session_and_story(oldest):
    session = await oldest.sessions.get("guild", 1)
    assert (session.title, session.thread, session.state) == ("The Door", "thread", SessionState.WRITING)
    assert (session.preset.name, session.preset.version, session.created) == ("storyteller", 1, THEN)
    story = await oldest.passages.branch(1, session.head)
    assert [passage.text for passage in story] == ["The door was green.", "The sea's lid."]
    assert [person.name for person in await oldest.people.of(1)] == ["Ann"]


async def test_how_its_models_passage_came_to_be(oldest):
    passage = await oldest.passages.get(1, 2)
    how = Provenance("smol", "storyteller", 1, 7, Sampling(1.0, 1.0, 0.05, 1.1), "digest", "Make it rain.")
    assert (passage.origin, passage.how) == (Origin.MODEL, how)
    assert (await oldest.jobs.get(1)).state is JobState.DONE


async def test_its_ballots_and_votes(oldest):
    over, draft = await oldest.ballots.get(1), await oldest.ballots.current(1)
    assert (over.state, over.winner, draft.id) == (BallotState.COMMITTED, 3, 2)
    assert [candidate.number for candidate, _ in await oldest.ballots.candidates(1)] == [1, 2]
    assert await oldest.ballots.votes(1) == [Vote("1", 1), Vote("2", 1)]
    assert await oldest.deadlines.next() is not None


async def test_what_delivery_still_owes(oldest):
    assert await oldest.outbox.next(1) == OutboxRow(1, 1, "passage:3")
    assert await oldest.outbox.shown("card") == [Shown("card", 0, "channel", "m1", "digest", THEN)]
    assert await oldest.receipts.find("call") == BallotClosed(1, 1, 1, drawn=False)
    assert (await oldest.diary.event(1)).facts == {"winner": 1}
