"""What pressing a button or submitting a form does, found by its id alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol, Self, cast

import discord

from bot.story.manuscript import AiMode, BallotId, JobId, SessionId
from bot.story.people import Member
from bot.story.privacy import Keep
from bot.workshop.notices import SessionReopened
from bot.workshop.sessions import Opening
from cogs import deeds, phrases, replies
from cogs.acting import Interaction, Refusal, must_hold_a_story
from cogs.answers import Answer, Manner, Reply
from cogs.buttons import PATTERN, Ticket, read
from cogs.reception import Reception
from cogs.views import styles
from cogs.views.forms import submitted

Deed = Callable[[Reception, Interaction, Ticket], Awaitable[None]]


class Answering(Protocol):
    """A client with a reception."""

    @property
    def reception(self) -> Reception:
        """Where interactions come in."""
        ...


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=PATTERN):
    """Any of our buttons, drawn by this process or an earlier one."""

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: discord.ui.Item[Any], __: Any, /) -> Self:
        """Wrap the pressed button."""
        return cls(cast("discord.ui.Button[Any]", item))

    async def callback(self, interaction: Interaction) -> None:
        """Do what the button says."""
        await _carry_out(interaction.client.reception, interaction, PRESSES)


async def submit(client: Answering, interaction: Interaction) -> None:
    """Take in a form. Forms are ours to find: discord.py knows only those that this process showed."""
    if interaction.type is discord.InteractionType.modal_submit:
        await _carry_out(client.reception, interaction, FORMS)


async def _carry_out(reception: Reception, interaction: Interaction, known: Mapping[str, Deed]) -> None:
    ticket = read(str((interaction.data or {}).get("custom_id", "")))
    if ticket is None:
        return
    try:
        deed = known.get(ticket.deed)
        if deed is None:
            raise Refusal(phrases.UNKNOWN_BUTTON)
        await deed(reception, interaction, ticket)
    except Exception as error:  # noqa: BLE001  the boundary: a press is always answered
        await reception.apologise(interaction, error)


async def _continue(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    await reception.answer(interaction, reception.workshop.drafting.ask(act), manner=Manner.SILENTLY)


async def _write(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    await deeds.ask_for_passage(reception, interaction, ticket.number(0))


async def _undo(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    undoing = reception.workshop.writing.undo(act, passage=ticket.number(1))
    await reception.answer(interaction, undoing, manner=Manner.SILENTLY)


async def _stop(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    stopping = reception.workshop.drafting.stop(act, JobId(ticket.number(1)))
    await reception.answer(interaction, stopping, manner=Manner.SILENTLY)


async def _add(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    adding = reception.workshop.drafting.add_anyway(act, JobId(ticket.number(1)))
    await reception.answer(interaction, adding, manner=Manner.SILENTLY)


async def _retry(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    retrying = reception.workshop.drafting.retry_from(act, JobId(ticket.number(1)))
    await reception.answer(interaction, retrying, manner=Manner.SILENTLY)


async def _vote(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    voting = reception.workshop.voting.vote(act, ticket.number(2), BallotId(ticket.number(1)))
    await reception.answer(interaction, voting)


async def _close(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    closing = reception.workshop.voting.close(act, BallotId(ticket.number(1)))
    await reception.answer(interaction, closing, manner=Manner.SILENTLY)


async def _full(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))

    async def deed() -> Reply:
        return replies.in_full(await reception.workshop.library.candidates(act, BallotId(ticket.number(1))))

    await reception.answer(interaction, deed())


async def _sure(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction, ticket.number(0))
    workshop = reception.workshop
    confirmed = (
        workshop.sessions.finish(act, confirmed=True)
        if ticket.parts[1] == "finish"
        else workshop.writing.undo(act, confirmed=True, passage=ticket.number(2) or None)
    )
    await reception.answer(interaction, confirmed, manner=Manner.IN_PLACE)


async def _forget(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    asked = Member(id=ticket.parts[1], name="somebody else")
    keep = Keep(ticket.parts[0])
    act = reception.act(interaction)
    forgetting = reception.workshop.privacy.delete(act, keep, whose=asked, confirmed=True)
    await reception.answer(interaction, forgetting, manner=Manner.IN_PLACE)


async def _reopen(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    act = reception.act(interaction)

    async def deed() -> SessionReopened:
        must_hold_a_story(interaction)
        return await reception.workshop.reopening.reopen(act, SessionId(ticket.number(0)))

    await reception.answer(interaction, deed())


async def _never(_: Reception, interaction: Interaction, __: Ticket) -> None:
    await Answer(interaction, Manner.IN_PLACE).give(Reply(phrases.NOT_CHANGED))


async def _page(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    session, page = ticket.number(0), ticket.number(1)
    await deeds.show_history(reception, interaction, page, session, Manner.IN_PLACE)


async def _help(_: Reception, interaction: Interaction, __: Ticket) -> None:
    await deeds.show_help(interaction)


async def _written(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    await deeds.write(reception, interaction, submitted(interaction).get("text", ""), ticket.number(0))


async def _started(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    typed = submitted(interaction)
    opening = Opening(
        premise=typed.get("premise", ""),
        title=typed.get("title") or None,
        preset=typed.get("style") or None,
        ai=AiMode(ticket.parts[0]) if ticket.parts[0] else None,
    )
    await deeds.start(reception, interaction, opening)


async def _begun(reception: Reception, interaction: Interaction, ticket: Ticket) -> None:
    typed = submitted(interaction)
    ai, form = ticket.parts[:2]
    opening = Opening(
        premise=typed.get("premise", ""),
        title=typed.get("title") or None,
        preset=typed.get("style") or None,
        ai=AiMode(ai) if ai else None,
        form=form,
        acts=ticket.number(2),
    )
    await deeds.start(reception, interaction, opening)


PRESSES: Final[Mapping[str, Deed]] = {
    "continue": _continue,
    "write": _write,
    "undo": _undo,
    "stop": _stop,
    "add": _add,
    "retry": _retry,
    "vote": _vote,
    "close": _close,
    "full": _full,
    "sure": _sure,
    "forget": _forget,
    "never": _never,
    "page": _page,
    "help": _help,
    "reopen": _reopen,
}

FORMS: Final[Mapping[str, Deed]] = {
    "write": _written,
    "start": _started,
    "style": styles.take_in,
    "begin": _begun,
}
