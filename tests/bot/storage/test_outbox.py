from dataclasses import replace

import pytest

from bot.workshop.records import Shown


@pytest.fixture
def message(moment):
    return Shown("passage:1", 0, "thread", "m1", "digest", moment)


async def test_a_sessions_rows_come_in_order(tx, session):
    for page in ("a", "b", "a"):
        await tx.outbox.add(session.id, page)
    pages = []
    while row := await tx.outbox.next(session.id):
        pages.append(row.page)
        await tx.outbox.done(row)
    assert pages == ["a", "b", "a"]


async def test_done_drops_the_pages_rows_up_to_this_one_and_no_other(tx, session):
    for page in ("a", "a", "b", "a"):
        await tx.outbox.add(session.id, page)
    first = await tx.outbox.next(session.id)
    await tx.outbox.done(replace(first, id=first.id + 1))
    assert (await tx.outbox.next(session.id)).page == "b"
    await tx.outbox.done(await tx.outbox.next(session.id))
    assert (await tx.outbox.next(session.id)).page == "a"


async def test_the_number_of_a_row_is_never_given_again(tx, session):
    await tx.outbox.add(session.id, "a")
    first = await tx.outbox.next(session.id)
    await tx.outbox.done(first)
    await tx.outbox.add(session.id, "a")
    assert (await tx.outbox.next(session.id)).id > first.id


async def test_the_longest_waiting_session_comes_first(tx, begin):
    one, two = await begin(tx), await begin(tx)
    for session in (two, one, two):
        await tx.outbox.add(session.id, "page")
    assert await tx.outbox.waiting() == [two.id, one.id]


async def test_the_rows_of_a_lost_thread_are_given_up(tx, begin):
    lost, other = await begin(tx), await begin(tx)
    for session in (lost, lost, other):
        await tx.outbox.add(session.id, "page")
    assert await tx.outbox.drop(lost.id) == 2
    assert await tx.outbox.waiting() == [other.id]


async def test_a_pages_messages_come_by_part_and_are_replaced_in_place(tx, message):
    second = replace(message, part=1, message=None)
    for shown in (second, message):
        await tx.outbox.put(shown)
    assert await tx.outbox.shown("passage:1") == [message, second]
    gone = replace(second, message="m2", gone=True)
    await tx.outbox.put(gone)
    assert await tx.outbox.shown("passage:1") == [message, gone]


async def test_known_messages_are_those_of_the_place_that_have_arrived(tx, message):
    await tx.outbox.put(message)
    await tx.outbox.put(replace(message, page="passage:2", message=None))
    await tx.outbox.put(replace(message, page="card", place="channel", message="m9"))
    assert await tx.outbox.known("thread") == ["m1"]


async def test_a_removed_part_is_forgotten(tx, message):
    await tx.outbox.put(message)
    await tx.outbox.remove(message.page, message.part)
    assert await tx.outbox.shown(message.page) == []


async def test_a_page_shown_anew_begins_without_messages_and_its_old_ones_are_no_other_page_s(
    tx, session, message
):
    deleted = replace(message, part=1, message="m2", gone=True)
    for shown in (message, deleted, replace(message, part=2, message=None)):
        await tx.outbox.put(shown)
    await tx.outbox.anew(session.id, message.page)
    assert await tx.outbox.shown(message.page) == []
    assert await tx.outbox.known("thread") == ["m1"]
    await tx.outbox.put(replace(message, message="m3"))
    await tx.outbox.anew(session.id, message.page)
    assert sorted(await tx.outbox.known("thread")) == ["m1", "m3"]
