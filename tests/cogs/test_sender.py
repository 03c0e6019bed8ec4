from datetime import timedelta

import aiohttp
import discord
import pytest

from bot.delivery.sender import Forbidden, MessageGone, PlaceGone, Refused, TooOld, Unsure
from cogs.faults import in_delivery_terms, translated
from cogs.sheets import Button, Card, Sheet

PROSE = Sheet(content="The door was *green*.\n-# Ann", rows=((Button("Help", "sc:help"),),))
CARDS = Sheet(
    content="Choose.", cards=(Card(title="1", text="One."), Card(title="2", text="Two.", footer="x"))
)


class Response:
    def __init__(self, status):
        self.status, self.reason = status, ""


def answered(status, code=0):
    return discord.HTTPException(Response(status), {"code": code, "message": "no"})


@pytest.fixture
def sender(server):
    return server.env.bot.sender


@pytest.fixture
def place(server):
    return str(server.channel.id)


@pytest.mark.parametrize("sheet", [PROSE, CARDS], ids=["prose", "cards"])
async def test_what_was_sent_is_recognised_by_its_look(server, sender, place, sheet):
    message = await sender.post(place, sheet, "nonce")
    await server.ann.send(server.channel, "In between.")
    [seen] = await sender.recent(place, server.env.now() - timedelta(minutes=1))
    assert (seen.message, seen.fingerprint) == (message, sheet.fingerprint)


async def test_recent_are_our_own_messages_since_then_oldest_first(server, sender, place):
    await sender.post(place, PROSE, "a")
    await server.env.advance_time(120)
    since = server.env.now()
    await server.env.advance_time(1)
    later = [await sender.post(place, sheet, nonce) for sheet, nonce in ((CARDS, "b"), (PROSE, "c"))]
    assert [seen.message for seen in await sender.recent(place, since)] == later


async def test_white_space_at_the_ends_does_not_change_the_look():
    assert Sheet(content="a b\n").fingerprint == Sheet(content=" a  b").fingerprint
    assert Sheet(content="a").fingerprint != Sheet(content="a", rows=PROSE.rows).fingerprint


async def test_nothing_pings_and_only_what_rings_is_not_silent(server, sender, place):
    await sender.post(place, PROSE, "a")
    await sender.post(place, Sheet(content="A vote!", cards=CARDS.cards, silent=False), "b")
    quiet, loud = (
        sent.json for sent in server.env.http_requests if sent.method == "POST" and "messages" in sent.path
    )
    assert quiet["allowed_mentions"] == loud["allowed_mentions"] == {"parse": []}
    assert discord.MessageFlags._from_value(quiet["flags"]).suppress_notifications
    assert discord.MessageFlags._from_value(quiet["flags"]).suppress_embeds
    assert not loud.get("flags")
    assert (quiet["nonce"], quiet["enforce_nonce"]) == ("a", True)


async def test_an_edit_takes_away_what_the_sheet_no_longer_has(server, sender, place):
    message = await sender.post(place, PROSE, "a")
    await sender.edit(place, message, Sheet(content="Closed."))
    assert server.channel.last_message.content == "Closed."
    assert server.channel.last_message.components == []


async def test_a_thread_is_opened_from_its_message_and_twice_is_once(server, sender, place):
    message = await sender.post(place, PROSE, "a")
    assert await sender.open_thread(place, message, "A\ntitle " * 40) == message
    assert await sender.open_thread(place, message, "again") == message
    [thread] = server.channel.threads
    assert len(thread.name) <= 100
    assert "\n" not in thread.name


async def test_an_archived_thread_is_opened_again_for_what_is_to_be_said(server, sender, place):
    message = await sender.post(place, PROSE, "a")
    thread = await sender.open_thread(place, message, "A title")
    inside = await sender.post(thread, PROSE, "b")
    await server.env.bot.get_channel(int(thread)).edit(archived=True)
    await sender.edit(thread, inside, Sheet(content="Changed."))
    assert server.channel.threads[0].last_message.content == "Changed."


async def test_a_deleted_message_and_a_deleted_channel_are_told_apart(server, sender, place):
    message = await sender.post(place, PROSE, "a")
    await sender.delete(place, message)
    with pytest.raises(MessageGone):
        await sender.edit(place, message, PROSE)
    await server.env.bot.get_channel(int(place)).delete()
    with pytest.raises(PlaceGone):
        await sender.post(place, PROSE, "b")


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, 10003, PlaceGone),
        (404, 10004, PlaceGone),
        (404, 10008, MessageGone),
        (403, 50001, Forbidden),
        (403, 50013, Forbidden),
        (403, 160005, Forbidden),
        (401, 0, Forbidden),
        (400, 30046, TooOld),
        (400, 50035, Refused),
        (400, 50006, Refused),
        (429, 0, Unsure),
        (404, 0, Unsure),
        (500, 0, Unsure),
        (503, 0, Unsure),
    ],
)
def test_what_discord_answers_has_a_meaning(status, code, meaning):
    assert translated(answered(status, code)) is meaning


@pytest.mark.parametrize(
    "fault",
    [
        TimeoutError(),
        ConnectionResetError(104, "reset"),
        aiohttp.ServerDisconnectedError(),
        discord.RateLimited(40.0),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_a_network_that_fails_leaves_it_open_what_happened(fault):
    with pytest.raises(Unsure), in_delivery_terms():
        raise fault


async def test_a_server_fault_leaves_it_open_what_happened(server, sender, place):
    server.env.inject_error("POST", "/channels/*/messages", status=503)
    with pytest.raises(Unsure):
        await sender.post(place, PROSE, "a")
