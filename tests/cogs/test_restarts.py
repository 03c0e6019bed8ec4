"""A bot that ends while somebody waits for it still answers them when it is back."""

import asyncio

import discord
import pytest
from support.waiting import until

from bot.workshop.notices import PassageAdded

ADDED = PassageAdded(session=1, passage=2)


@pytest.fixture
async def ending():
    """What the deed waits for: the end of the test, or an earlier one."""
    ending = asyncio.Event()
    yield ending
    ending.set()


@pytest.fixture
async def waiting(server, ending):
    """Ann waits for a deed that takes long."""

    async def deed():
        await server.env.external_wait(ending.wait(), reason="a deed that takes long")
        return ADDED

    @server.env.bot.tree.command(name="try", description="Try.")
    async def attempt(interaction: discord.Interaction) -> None:
        await interaction.client.reception.answer(interaction, deed())

    await server.env.bot.tree.sync()
    server.env.bot.reception.patience = 0
    answer = await server.ann.slash(server.channel, "try")
    assert answer.deferred
    await owed(server, 1)
    return answer


async def owed(server, count):
    """Wait until so many answers are owed, and return them."""

    async def settled():
        async with server.house.ledger.reading() as tx:
            rows.append(await tx.owed.all())
        return len(rows[-1]) == count

    rows = []
    await until(settled)
    return rows[-1]


async def test_an_answer_that_was_given_is_owed_no_more(server, waiting, ending):
    ending.set()
    await owed(server, 0)
    assert waiting.response.content == "Added to the story."


async def test_who_waited_for_a_deed_that_was_not_done_is_told_to_try_again(server, waiting):
    await server.restart()
    await owed(server, 0)
    assert "try it again" in waiting.response.content


async def test_who_waited_for_a_deed_that_was_done_is_told_what_it_did(server, waiting):
    [row] = await owed(server, 1)
    async with server.house.ledger.writing() as tx:
        await tx.receipts.keep(row.call, ADDED, server.house.now())
    await server.restart()
    await owed(server, 0)
    assert waiting.response.content == "Added to the story."


async def test_nobody_is_answered_who_cannot_be_any_more(server, waiting):
    server.house.passes(minutes=16)
    await server.restart()
    await owed(server, 0)
    assert waiting.response is None or "try it again" not in (waiting.response.content or "")


async def test_the_token_is_not_logged(server, waiting, caplog):
    [row] = await owed(server, 1)
    with caplog.at_level("DEBUG", logger="cogs"), caplog.at_level("DEBUG", logger="bot"):
        await server.restart()
        await owed(server, 0)
    assert row.token not in caplog.text
