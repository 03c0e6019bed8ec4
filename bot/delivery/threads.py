"""Threads: a session's thread opens from its card's message."""

from collections.abc import Sequence

from bot.delivery.desk import Desk
from bot.delivery.places import card_key
from bot.delivery.sender import MessageGone, PlaceGone, S, Sender
from bot.story.manuscript import SessionId
from bot.workshop.records import Shown


async def open_thread(desk: Desk, sender: Sender[S], session: SessionId) -> None:
    """Open the session's thread, unless it is open already; safe to call again.

    Raises PlaceGone where no card stands to open it from, or another DeliveryFault.
    """
    card = await desk.page(card_key(session))
    if card.session.thread is not None:
        return
    message = _standing(await desk.shown(card.key))
    if message is None:
        raise PlaceGone(f"{card.key} does not stand in its channel")
    try:
        thread = await sender.open_thread(card.session.channel, message, card.session.title)
    except MessageGone as gone:
        raise PlaceGone(f"{card.key} was deleted before its thread opened") from gone
    await desk.thread_opened(session, thread)


def _standing(shown: Sequence[Shown]) -> str | None:
    return next((one.message for one in shown if one.part == 0 and not one.gone), None)
