"""One interaction's answer: best effort, as what was done is kept whether or not Discord hears of it.

Discord gives three seconds. An answer that is late (10062) is logged while the work goes on; one that
was given already (40060), as after a repeated request, counts as given.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import aiohttp
import discord

from cogs.acting import Interaction
from cogs.drawing import NOBODY, embeds, file, view
from cogs.sheets import Card, Rows

ALREADY_ANSWERED: Final = 40060
UNKNOWN_INTERACTION: Final = 10062
_PAUSES: Final = (0.1, 0.4, None)

_log = logging.getLogger(__name__)


class Manner(Enum):
    """How an interaction is answered.

    ``PRIVATELY``: a message that only its doer sees. ``SILENTLY``: what changed in the thread says it
    all, only a refusal is told. ``IN_PLACE``: the message with the pressed button changes.
    """

    PRIVATELY = "privately"
    SILENTLY = "silently"
    IN_PLACE = "in place"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one person is told."""

    content: str = ""
    cards: tuple[Card, ...] = ()
    rows: Rows = ()
    attached: tuple[str, str] | None = None
    """A file's name and its text."""


@dataclass(slots=True)
class Answer:
    """The answer to one interaction: ``hold`` the line if it takes long, then ``give`` once."""

    interaction: Interaction
    manner: Manner
    held: bool = False

    @property
    def waited_for(self) -> bool:
        """Whether the person looks at a sign that the bot is thinking."""
        return self.held and self.manner is Manner.PRIVATELY

    async def hold(self) -> None:
        """Tell Discord that the answer will come."""
        thinking = self.manner is Manner.PRIVATELY
        response = self.interaction.response
        self.held = await self._send(lambda: response.defer(ephemeral=thinking, thinking=thinking))

    async def give(self, reply: Reply | None) -> None:
        """Answer; None says no more than that it was done."""
        if reply is None:
            await self._nod()
        elif self.manner is Manner.SILENTLY and self.held:
            await self._send(lambda: self.interaction.followup.send(ephemeral=True, **_message(reply)))
        elif self.held:
            await self._send(lambda: self.interaction.edit_original_response(**_edit(reply)))
        elif self.manner is Manner.IN_PLACE:
            await self._send(lambda: self.interaction.response.edit_message(**_edit(reply)))
        else:
            response = self.interaction.response
            await self._send(lambda: response.send_message(ephemeral=True, **_message(reply)))

    async def ask(self, modal: discord.ui.Modal) -> None:
        """Answer with a form; its submission is found by the form's id, so nobody waits for it."""
        modal.stop()
        await self._send(lambda: self.interaction.response.send_modal(modal))

    async def _nod(self) -> None:
        if not self.held:
            await self._send(self.interaction.response.defer)

    async def _send(self, request: Callable[[], Awaitable[Any]]) -> bool:
        for pause in _PAUSES:
            try:
                await request()
                return True
            except discord.InteractionResponded:
                return True
            except discord.HTTPException as fault:
                return self._given(fault)
            except (aiohttp.ClientError, OSError, TimeoutError) as fault:
                if pause is None:
                    _log.warning("interaction %s: no answer could be sent: %r", self.interaction.id, fault)
                    return False
                await asyncio.sleep(pause)
        return False

    def _given(self, fault: discord.HTTPException) -> bool:
        if fault.code == ALREADY_ANSWERED:
            return True
        level = logging.INFO if fault.code == UNKNOWN_INTERACTION else logging.WARNING
        _log.log(level, "interaction %s: Discord took no answer: %s", self.interaction.id, fault)
        return False


def _message(reply: Reply) -> dict[str, Any]:
    """Return what a new message takes."""
    drawn = view(reply.rows)
    return {
        "content": reply.content or None,
        "embeds": embeds(reply.cards),
        "allowed_mentions": NOBODY,
        "suppress_embeds": not reply.cards,
        **({"view": drawn} if drawn else {}),
        **({"file": file(*reply.attached)} if reply.attached else {}),
    }


def _edit(reply: Reply) -> dict[str, Any]:
    """Return what an edited message takes."""
    return {
        "content": reply.content or None,
        "embeds": embeds(reply.cards),
        "allowed_mentions": NOBODY,
        "view": view(reply.rows),
        "attachments": [file(*reply.attached)] if reply.attached else [],
    }
