"""A story outlives its thread: it is opened again in another."""

from dataclasses import replace

import pytest
from support.house import ANN, BEN, MO, House, act

from bot.delivery.doubt import recognise
from bot.delivery.sender import Seen
from bot.workshop.acts import Act
from bot.workshop.errors import NoSessionHere, NoSuchSession, NotAllowed, ThreadStands
from bot.workshop.records import Shown

HERE = Act(MO, "guild", "elsewhere")


@pytest.fixture
async def session(house: House):
    """A story of two passages, shown in its thread."""
    session = await house.start()
    for text in ("One.", "Two."):
        await house.workshop.writing.write(act(ANN, session), text)
    for number, page in enumerate(dict.fromkeys(await house.rows(session))):
        place = "channel" if page.startswith("card") else f"thread-{session}"
        await house.workshop.desk.put(Shown(page, 0, place, f"m{number}", "look", house.now()))
    return session


async def lost(house: House, session) -> None:
    await house.workshop.writing.propose(act(BEN, session), "Three.")
    await house.workshop.desk.thread_deleted("guild", f"thread-{session}")


async def test_a_deleted_thread_is_known_and_nothing_more_is_sent_there(house: House, session) -> None:
    await lost(house, session)
    [found] = await house.workshop.library.sessions("guild")
    assert (found.lost, found.thread) == (True, None)
    assert await house.rows(session) == []
    assert all(one.gone for one in await house.workshop.desk.shown(f"opening:{session}"))
    with pytest.raises(NoSessionHere):
        await house.workshop.library.session(Act(ANN, "guild", f"thread-{session}"))


async def test_another_thread_gets_what_people_act_on_in_order(house: House, session) -> None:
    await lost(house, session)
    await house.workshop.reopening.reopen(HERE, session)
    found = await house.workshop.library.find("guild", session)
    assert (found.lost, found.thread, found.channel) == (False, None, "elsewhere")
    pages = await house.rows(session)
    assert pages == [
        *(f"{page}:{session}" for page in ("card", "thread", "opening")),
        "passage:2",
        "ballot:1",
    ]
    assert [await house.workshop.desk.shown(page) for page in pages if page != f"thread:{session}"] == [
        []
    ] * 4
    assert await house.story(session) == ["One.", "Two."]


async def test_the_card_that_still_stands_is_not_taken_for_the_one_that_is_in_doubt(house: House, session):
    desk = house.workshop.desk
    [old] = await desk.shown(f"card:{session}")
    await lost(house, session)
    await house.workshop.reopening.reopen(Act(MO, "guild", old.place), session)
    doubt = replace(old, message=None, attempted=house.now())
    await desk.put(doubt)
    seen = [Seen(old.message, old.fingerprint), Seen("new", old.fingerprint)]
    known = await desk.known(old.place)
    assert recognise(doubt, seen[:1], known) is None
    assert recognise(doubt, seen, known) == "new"


async def test_only_the_opener_or_a_moderator_opens_it_again_and_only_what_is_lost(house: House, session):
    with pytest.raises(ThreadStands):
        await house.workshop.reopening.reopen(HERE, session)
    await lost(house, session)
    with pytest.raises(NotAllowed):
        await house.workshop.reopening.reopen(Act(BEN, "guild", "elsewhere"), session)
    with pytest.raises(NoSuchSession):
        await house.workshop.reopening.reopen(Act(MO, "other", "elsewhere"), session)
    await house.workshop.reopening.reopen(Act(ANN, "guild", "elsewhere"), session)


async def test_a_thread_of_somebody_else_is_nobodys_loss(house: House, session) -> None:
    await house.workshop.desk.thread_deleted("guild", "another")
    await house.workshop.desk.thread_deleted("other", f"thread-{session}")
    [found] = await house.workshop.library.sessions("guild")
    assert not found.lost
