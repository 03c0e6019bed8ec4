from datetime import timedelta

import pytest

from bot.story.manuscript import SessionId, SessionState


async def test_a_session_comes_back_as_it_began(tx, begin, new_session):
    session = await begin(tx)
    assert await tx.sessions.get("guild", session.id) == session
    assert (session.preset, session.opener, session.state) == (
        new_session.preset,
        new_session.opener.id,
        SessionState.WRITING,
    )


async def test_another_guild_cannot_see_it(tx, session):
    assert await tx.sessions.get("elsewhere", session.id) is None


async def test_the_bot_itself_finds_it_by_number_alone(tx, session):
    assert await tx.sessions.by_id(session.id) == session
    with pytest.raises(KeyError):
        await tx.sessions.by_id(SessionId(999))


async def test_a_session_is_found_by_its_thread_in_its_guild(tx, session):
    await tx.sessions.set_thread(session.id, "thread")
    found = await tx.sessions.at("guild", "thread")
    assert found is not None and found.id == session.id
    assert await tx.sessions.at("elsewhere", "thread") is None


async def test_moving_the_head_touches_the_session(tx, session, write, moment):
    passage = await write(tx, session)
    later = moment + timedelta(hours=1)
    await tx.sessions.move_head(session.id, passage.id, later)
    found = await tx.sessions.by_id(session.id)
    assert (found.head, found.touched, found.created) == (passage.id, later, moment)
    await tx.sessions.move_head(session.id, None, later)
    assert (await tx.sessions.by_id(session.id)).head is None


async def test_a_guilds_unfinished_sessions_come_first_then_the_latest_touched(tx, begin, moment):
    old, done, new = [await begin(tx, title=title) for title in ("old", "done", "new")]
    await begin(tx, guild="elsewhere")
    for hours, session, state in (
        (1, old, SessionState.PAUSED),
        (2, new, SessionState.WRITING),
        (3, done, SessionState.FINISHED),
    ):
        await tx.sessions.set_state(session.id, state, moment + timedelta(hours=hours))
    assert [each.title for each in await tx.sessions.of_guild("guild")] == ["new", "old", "done"]
    assert [each.title for each in await tx.sessions.of_guild("guild", limit=1)] == ["new"]
