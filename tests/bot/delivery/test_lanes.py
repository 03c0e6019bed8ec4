"""Rows in order, one lane a session, and what each fault does to them."""

import asyncio
import logging

from support.waiting import ENOUGH, soon


async def test_a_session_begins_with_its_card_its_thread_and_its_opening(house):
    session = house.start(1)
    await house.deliver()
    assert house.chat.calls == [("post", "hall"), ("open", "hall"), ("post", house.place(session))]
    assert house.thread(session) == ["welcome"]


async def test_pages_stand_in_the_order_of_their_rows(house, session):
    for number in range(5):
        house.show(session, f"event:{number}", f"page {number}")
    await house.deliver()
    assert house.thread(session) == ["welcome", *(f"page {number}" for number in range(5))]


async def test_rows_of_a_page_that_stands_already_send_nothing(house, session):
    for _ in range(3):
        house.show(session, "event:1", "once")
    await house.deliver()
    assert house.chat.calls == [("post", house.place(session))]


async def test_rows_committed_while_delivery_is_open_are_shown(house, session):
    async with house.delivering() as delivery:
        await delivery.quiet()
        house.show(session, "event:1", "news")
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "news"]


async def test_rows_that_come_at_any_moment_of_a_lane_s_end_are_shown(house, session):
    async with house.delivering() as delivery:
        for turns in range(20):
            house.show(session, "event:1", f"first {turns}")
            for _ in range(turns):
                await asyncio.sleep(0)
            house.show(session, "event:2", f"second {turns}")
            await delivery.quiet()
            assert house.thread(session) == ["welcome", f"first {turns}", f"second {turns}"]


async def test_a_call_while_delivery_is_closed_does_nothing(house, session):
    house.delivery.collect(session)
    await house.delivery.quiet()
    assert house.chat.calls == []


async def test_a_lane_that_hangs_delays_no_other(house, session):
    other = house.start(2)
    await house.deliver()
    house.chat.hung.add(house.place(session))
    async with house.delivering():
        house.show(session, "event:1", "stuck")
        house.show(other, "event:2", "on its way")
        await soon(lambda: house.thread(other) == ["welcome", "on its way"])
    assert house.thread(session) == ["welcome"]


async def test_stopping_is_prompt_and_leaves_the_post_in_doubt(house, session):
    house.chat.hung.add(house.place(session))
    house.show(session, "event:1", "stuck")
    async with asyncio.timeout(ENOUGH), house.delivering():
        await soon(lambda: house.chat.count("post"))
    [attempt] = await house.desk.shown("event:1")
    assert attempt.message is None
    house.chat.hung.clear()
    await house.deliver()
    assert house.thread(session) == ["welcome", "stuck"]


async def changed_after_a_lost_answer(house, session, first, then):
    """Show a look whose sending gets no answer, and another as soon as that one stands."""
    answers = iter(["after"])
    house.chat.trouble = lambda: next(answers, None)
    house.show(session, "event:1", first)
    async with house.delivering() as delivery:
        await soon(lambda: first in house.thread(session))
        house.show(session, "event:1", then)
        await delivery.quiet()
    return house.thread(session)


async def test_a_page_that_changed_after_a_lost_answer_is_found_and_edited(house, session):
    house.chat.remembers_nonces = False
    assert await changed_after_a_lost_answer(house, session, "before", "after") == ["welcome", "after"]


async def test_an_edit_without_an_answer_is_not_forgotten_when_the_page_changes_back(house, session):
    house.show(session, "event:1", "news")
    await house.deliver()
    assert await changed_after_a_lost_answer(house, session, "corrected", "news") == ["welcome", "news"]


async def test_a_nonce_that_brings_back_an_older_look_is_followed_by_an_edit(house, session):
    house.chat.blind = True
    assert await changed_after_a_lost_answer(house, session, "before", "after") == ["welcome", "after"]


async def test_nothing_is_sent_again_while_the_history_cannot_be_read(house, session):
    answers = iter(["after", "before", "before", "before"])
    house.chat.trouble = lambda: next(answers, None)
    house.show(session, "event:1", "news")
    await house.deliver()
    assert [verb for verb, _ in house.chat.calls] == ["post", *["recent"] * 4]


async def test_a_deleted_message_stays_deleted(house, session):
    house.show(session, "event:1", "news")
    await house.deliver()
    house.chat.places[house.place(session)].popitem()
    for look in ("newer", "newest"):
        house.show(session, "event:1", look)
        await house.deliver()
    assert house.thread(session) == ["welcome"]
    assert house.chat.count("edit") == 1


async def test_a_lost_thread_gives_up_its_rows(house, session):
    del house.chat.places[house.place(session)]
    house.show(session, "event:1", "news")
    await house.deliver()
    assert house.desk.lost == [session]
    assert house.desk.rows == []


async def test_a_card_that_is_deleted_before_its_thread_opens_ends_the_session_s_delivery(house):
    session = house.start(1)
    async with house.delivering() as delivery:
        await soon(lambda: house.chat.texts("hall"))
        house.chat.places["hall"].clear()
        await delivery.quiet()
    assert house.desk.lost == [session]


async def test_a_missing_permission_keeps_the_rows_until_it_is_back(build, caplog):
    house = build()
    session = house.start(1)
    await house.deliver()
    house.chat.forbidden.add(house.place(session))
    house.show(session, "event:1", "news")
    async with house.delivering() as delivery:
        await soon(lambda: house.chat.count("post") > 4)
        house.chat.forbidden.clear()
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "news"]
    assert len([record for record in caplog.records if "waits" in record.message]) == 1


async def test_new_rows_try_a_missing_permission_at_once(build, patient):
    house = build(pace=patient)
    session = house.start(1)
    await house.deliver()
    house.chat.forbidden.add(house.place(session))
    async with house.delivering() as delivery:
        house.show(session, "event:1", "news")
        await soon(lambda: house.chat.count("post") == 3)
        await asyncio.sleep(0.01)
        house.chat.forbidden.clear()
        house.show(session, "event:2", "more")
        await asyncio.wait_for(delivery.quiet(), ENOUGH)
    assert house.thread(session) == ["welcome", "news", "more"]


async def test_after_a_refusal_of_permission_the_history_is_not_needed(house, session):
    house.chat.forbidden.add(house.place(session))
    house.show(session, "event:1", "news")
    async with house.delivering() as delivery:
        await soon(lambda: house.chat.count("post"))
        house.chat.forbidden.clear()
        await delivery.quiet()
    assert house.chat.count("recent") == 0


async def test_a_refused_page_is_left_out_and_the_next_is_shown(house, session, caplog):
    house.chat.refused.add("a secret")
    house.show(session, "event:1", "a secret")
    house.show(session, "event:2", "next")
    await house.deliver()
    assert house.thread(session) == ["welcome", "next"]
    assert "event:1" in caplog.text
    assert "a secret" not in caplog.text


async def test_a_vote_that_is_too_old_to_edit_is_posted_anew(house, session):
    house.show(session, "ballot:1", "red|blue")
    house.show(session, "event:1", "news")
    await house.deliver()
    house.chat.too_old.update(house.chat.places[house.place(session)])
    house.show(session, "ballot:1", "red wins|blue")
    await house.deliver()
    assert house.thread(session) == ["welcome", "news", "red wins", "blue"]


async def test_an_old_event_keeps_its_place_and_its_look(house, session):
    house.show(session, "event:1", "news")
    house.show(session, "event:2", "more")
    await house.deliver()
    house.chat.too_old.update(house.chat.places[house.place(session)])
    house.show(session, "event:1", "changed")
    await house.deliver()
    assert house.thread(session) == ["welcome", "news", "more"]


async def test_a_removed_text_that_is_too_old_to_edit_is_taken_away_for_good(house, session):
    house.show(session, "passage:1", "a secret")
    house.show(session, "event:1", "news")
    await house.deliver()
    house.chat.too_old.update(house.chat.places[house.place(session)])
    for _ in range(2):
        house.show(session, "passage:1", "")
        await house.deliver()
    assert house.thread(session) == ["welcome", "news"]


async def test_a_page_that_cannot_be_drawn_is_tried_again_and_told_once(house, session, caplog):
    house.desk.broken.add("event:1")
    house.show(session, "event:1", "news")
    async with house.delivering() as delivery:
        await soon(lambda: caplog.records)
        await asyncio.sleep(0.01)
        house.desk.broken.clear()
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "news"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert caplog.records[0].exc_info is not None


async def test_an_outage_is_told_once_a_level(house, session, caplog):
    house.chat.trouble = lambda: "before"
    house.show(session, "event:1", "news")
    async with house.delivering() as delivery:
        await soon(lambda: house.chat.count("recent") > 10)
        house.chat.trouble = lambda: None
        await delivery.quiet()
    assert len(caplog.records) == 1
    assert house.thread(session) == ["welcome", "news"]
