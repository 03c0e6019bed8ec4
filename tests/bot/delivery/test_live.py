"""Live pages: text that changes many times a second is edited as often as the pace allows."""

import asyncio

from support.waiting import ENOUGH, soon


async def test_the_first_words_are_shown_at_once(house, session):
    house.chat.patience = 10 * ENOUGH
    house.show(session, "turn:1", "waiting")
    async with house.delivering():
        await soon(lambda: "waiting" in house.thread(session))
        house.stream(session, "turn:1", "Once")
        await soon(lambda: "Once" in house.thread(session))


async def test_a_hundred_changes_are_few_edits(house, session):
    house.chat.patience = 0.05
    house.show(session, "turn:1", "waiting")
    began = asyncio.get_running_loop().time()
    async with house.delivering() as delivery:
        for words in range(100):
            house.stream(session, "turn:1", f"{words} words")
            await asyncio.sleep(0.001)
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "99 words"]
    took = asyncio.get_running_loop().time() - began
    assert 1 <= house.chat.count("edit") <= took / house.chat.patience + 1


async def test_a_page_that_does_not_stand_yet_is_not_refreshed(house, session):
    async with house.delivering() as delivery:
        house.stream(session, "turn:1", "Once")
        await delivery.quiet()
    assert house.chat.calls == []


async def test_a_refresh_that_changes_nothing_to_be_seen_sends_nothing(house, session):
    house.chat.patience = 0.1
    house.show(session, "turn:1", "waiting")
    await house.deliver()
    async with house.delivering() as delivery:
        house.stream(session, "turn:1", "Once")
        await soon(lambda: "Once" in house.thread(session))
        house.stream(session, "turn:1", "Once")
        await delivery.quiet()
    assert house.chat.count("edit") == 1


async def test_live_text_that_returns_to_an_earlier_look_is_shown(house, session):
    house.chat.patience = 10 * ENOUGH
    house.show(session, "turn:1", "waiting")
    await house.deliver()
    async with house.delivering():
        for look, commit in (("Once", False), ("Once more", True), ("Once", False)):
            (house.show if commit else house.stream)(session, "turn:1", look)
            await soon(lambda look=look: look in house.thread(session))


async def test_the_final_state_does_not_wait_for_the_pace(house, session):
    house.chat.patience = 10 * ENOUGH
    house.show(session, "turn:1", "waiting")
    async with house.delivering():
        house.stream(session, "turn:1", "Once")
        await soon(lambda: "Once" in house.thread(session))
        house.stream(session, "turn:1", "Once upon")
        house.show(session, "turn:1", "Once upon a time.")
        await soon(lambda: "Once upon a time." in house.thread(session))


async def test_a_live_edit_that_fails_is_left_to_the_last_one(house, session):
    house.show(session, "turn:1", "waiting")
    await house.deliver()
    house.chat.trouble = lambda: "before"
    async with house.delivering() as delivery:
        house.stream(session, "turn:1", "Once")
        await delivery.quiet()
        assert house.thread(session) == ["welcome", "waiting"]
        house.chat.trouble = lambda: None
        house.show(session, "turn:1", "Once upon a time.")
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "Once upon a time."]


async def test_live_text_may_grow_into_a_second_message_and_shrink_again(house, session):
    house.show(session, "turn:1", "waiting")
    async with house.delivering() as delivery:
        await delivery.quiet()
        house.stream(session, "turn:1", "long|longer")
        await delivery.quiet()
        assert house.thread(session) == ["welcome", "long", "longer"]
        house.show(session, "turn:1", "long.")
        await delivery.quiet()
    assert house.thread(session) == ["welcome", "long."]
