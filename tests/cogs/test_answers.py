"""Answers are best effort; deeds are not."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import discord
import pytest

from bot.workshop.errors import BallotFull, EmptyText, NoSessionHere, TextTooLong
from bot.workshop.notices import PassageAdded, Stopped
from cogs.acting import Refusal
from cogs.answers import Manner, Reply
from cogs.reception import returned

ADDED = PassageAdded(session=1, passage=2)
LONG = 100.0
CALLBACK = ("POST", "/interactions/*/callback")


@dataclass
class Counter:
    """A button and a command behind which anything can be done in any manner."""

    server: Any
    outcome: Any = ADDED
    seconds: float = 0.0
    text: str | None = None
    manner: Manner = Manner.PRIVATELY
    done: list[Any] = field(default_factory=list)

    def takes(self, seconds: float) -> None:
        """Let the deed take so long, and any time be too long to wait for without a word."""
        self.seconds = seconds
        if seconds:
            self.server.env.bot.reception.patience = 0

    async def deed(self) -> Any:
        await asyncio.sleep(self.seconds)
        self.done.append(self.outcome)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def serve(self, interaction: Any) -> None:
        reception = interaction.client.reception
        await reception.answer(interaction, self.deed(), text=self.text, manner=self.manner)

    async def command(self) -> Any:
        return await self.server.ann.slash(self.server.channel, "try")

    async def press(self) -> Any:
        return await self.server.ann.click(self.server.channel.last_message, label="Try")


@pytest.fixture
async def counter(server):
    counter = Counter(server)

    @server.env.bot.tree.command(name="try", description="Try.")
    async def attempt(interaction: discord.Interaction) -> None:
        await counter.serve(interaction)

    await server.env.bot.tree.sync()
    view = discord.ui.View(timeout=None)
    button = discord.ui.Button(label="Try", custom_id="try")
    button.callback = counter.serve
    view.add_item(button)
    await server.env.bot.get_channel(server.channel.id).send("Here.", view=view)
    return counter


async def test_what_is_quick_is_answered_at_once_and_privately(counter):
    answer = await counter.command()
    assert not answer.deferred
    assert answer.ephemeral
    assert answer.response.content == "Added to the story."


async def test_what_takes_longer_is_announced_and_then_answered(counter):
    counter.takes(LONG)
    answer = await counter.command()
    assert answer.deferred
    assert answer.ephemeral
    await counter.server.env.advance_time(LONG + 0.1)
    assert answer.response.content == "Added to the story."


async def test_a_silent_press_says_nothing(counter):
    counter.outcome, counter.manner = Stopped(session=1, job=2), Manner.SILENTLY
    answer = await counter.press()
    assert answer.acknowledged
    assert not answer.followups
    assert counter.server.channel.last_message.content == "Here."


@pytest.mark.parametrize("seconds", [0, LONG], ids=["quick", "slow"])
async def test_a_silent_press_that_is_refused_says_why_to_its_doer(counter, seconds):
    counter.outcome, counter.manner = NoSessionHere(), Manner.SILENTLY
    counter.takes(seconds)
    answer = await counter.press()
    await counter.server.env.advance_time(seconds + 0.1)
    [said] = answer.followups or [answer.response]
    assert said.ephemeral
    assert "no story here" in said.content
    assert counter.server.channel.last_message.content == "Here."


@pytest.mark.parametrize("seconds", [0, LONG], ids=["quick", "slow"])
async def test_an_answer_in_place_changes_the_pressed_message(counter, seconds):
    counter.outcome, counter.manner = Reply("There."), Manner.IN_PLACE
    counter.takes(seconds)
    await counter.press()
    await counter.server.env.advance_time(seconds + 0.1)
    assert counter.server.channel.last_message.content == "There."
    assert counter.server.channel.last_message.components == []


@pytest.mark.parametrize("code", [10062, 40060, 50035], ids=["too late", "answered before", "malformed"])
async def test_the_deed_is_done_although_discord_takes_no_answer(counter, code):
    counter.server.env.inject_error(*CALLBACK, status=400, code=code)
    answer = await counter.command()
    assert not answer.acknowledged
    assert counter.done == [ADDED]


async def test_a_fault_of_our_own_is_answered_calmly_and_logged_by_number(counter, caplog):
    counter.outcome, counter.text = ZeroDivisionError("secret"), "My words."
    answer = await counter.command()
    assert "went wrong on our side" in answer.response.content
    assert "My words." in answer.response.content
    assert "secret" not in answer.response.content
    number = answer.response.content.split("logged as ")[1].split(".")[0]
    assert number in caplog.text
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    "refusal", [EmptyText(), Refusal("Not here."), BallotFull(text="My words.", limit=8)]
)
async def test_a_refused_text_goes_back_to_its_writer(counter, refusal):
    counter.outcome, counter.text = refusal, "My words."
    answer = await counter.command()
    assert "My words." in answer.response.content


async def test_a_text_too_long_for_a_message_goes_back_as_a_file(counter):
    text = "word " * 3000
    counter.outcome = TextTooLong(text=text, limit=12000)
    answer = await counter.command()
    [file] = answer.response.attachments
    assert (await file.read()).decode() == text


def test_a_text_that_goes_back_is_data_too():
    reply = returned("No.", "@everyone ```")
    assert "@everyone" not in reply.content
    assert "```" not in reply.content


async def test_the_end_waits_for_the_deeds_under_way(counter):
    counter.takes(LONG)
    await counter.command()
    bot = counter.server.env.bot
    settling = asyncio.create_task(bot.reception.settle())
    await asyncio.sleep(0)
    assert not settling.done()
    await counter.server.env.advance_time(LONG + 0.1)
    await settling
    assert counter.done == [ADDED]
