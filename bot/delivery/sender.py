"""What delivery asks of a face: draw a page, post it, edit it, find it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from bot.workshop.pages import Page


class Sheet(Protocol):
    """One message as a face draws it; delivery knows only what it will look like in the channel."""

    @property
    def fingerprint(self) -> str:
        """A digest of all that is seen of the message: text, cards, component ids.

        The same for the sheet before it is sent and for the message read back from the channel.
        """
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A message of our own, read back from a channel."""

    message: str
    fingerprint: str


class DeliveryFault(Exception):
    """A face could not do what delivery asked. Its words go to the log and never quote a page."""


class Unsure(DeliveryFault):
    """The far side answered with a fault of its own, or not at all: it may or may not have happened."""


class MessageGone(DeliveryFault):
    """A person deleted the message."""


class PlaceGone(DeliveryFault):
    """The channel or thread is deleted, or the bot was removed from the guild."""


class Forbidden(DeliveryFault):
    """The bot lacks a permission there; it may get it back."""


class TooOld(DeliveryFault):
    """The message is too old for another edit."""


class Refused(DeliveryFault):
    """The far side finds the message malformed: sending it again would not help."""


S = TypeVar("S", bound=Sheet)


class Sender(Protocol[S]):
    """A face: Discord, or the terminal. Every method but ``draw`` may raise a DeliveryFault."""

    def draw(self, page: Page) -> Sequence[S]:
        """Draw a page as one or more messages; pure."""
        ...

    async def post(self, place: str, sheet: S, nonce: str) -> str:
        """Send a new message and return its id; the same nonce soon after makes no second message."""
        ...

    async def edit(self, place: str, message: str, sheet: S) -> None:
        """Make a message look like the sheet; it may look so already."""
        ...

    async def delete(self, place: str, message: str) -> None:
        """Take a message away."""
        ...

    async def open_thread(self, place: str, message: str, title: str) -> str:
        """Open the thread of a message and return its id; a thread that is open already is success."""
        ...

    async def recent(self, place: str, since: datetime) -> Sequence[Seen]:
        """Return our own messages in a place since then, oldest first."""
        ...

    def pause(self, place: str) -> float:
        """Return the seconds to wait before the next edit of live text there, as the far side's limits allow."""
        ...
