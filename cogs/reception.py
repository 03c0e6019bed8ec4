"""Where every interaction comes in: the deed is done first, then its doer is answered."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from bot import wording
from bot.story.text import excerpt, is_blank
from bot.workshop.errors import BallotFull, NeedsConfirmation, TextTooLong, WorkshopError
from bot.workshop.notices import Notice
from bot.workshop.refusals import BusyElsewhere, PresetTextTooLong, WordListed
from bot.workshop.workshop import Workshop
from cogs import buttons, phrases
from cogs.acting import Act, Interaction, Refusal, act, why_unseen
from cogs.answers import Answer, Manner, Reply
from cogs.escaping import safe
from cogs.sheets import MESSAGE_CHARACTERS, weight

PATIENCE: Final = 1.0
"""Seconds of work after which Discord is told that the answer will come."""

GIVEN_BACK: Final = (TextTooLong, BallotFull, WordListed, PresetTextTooLong)
"""Errors that carry the text which goes back to its writer."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reception:
    """Does deeds for people and answers them; the one place where their errors become words.

    ``role`` names or numbers the role whose members are moderators beside those with *Manage Server*.
    """

    workshop: Workshop
    role: str = ""
    patience: float = PATIENCE
    _running: set[asyncio.Task[Any]] = field(default_factory=set)

    def act(self, interaction: Interaction, session: int | None = None) -> Act:
        """Return who does something and where. Raises Refusal outside of servers."""
        return act(interaction, self.role, session)

    async def answer(
        self,
        interaction: Interaction,
        deed: Coroutine[Any, Any, Notice | Reply],
        *,
        text: str | None = None,
        manner: Manner = Manner.PRIVATELY,
    ) -> None:
        """Do the deed to its end, whatever becomes of this call, and answer; ``text`` goes back if refused."""
        task = asyncio.create_task(deed)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        answer = Answer(interaction, manner)
        done, _ = await asyncio.wait({task}, timeout=self.patience)
        if not done:
            await answer.hold()
        if not answer.waited_for:
            await answer.give(await self._outcome(interaction, task, text, manner))
            return
        call = str(interaction.id)
        noting = asyncio.create_task(self.workshop.owing.owe(call, interaction.token))
        await answer.give(await self._outcome(interaction, task, text, manner))
        await noting
        await self.workshop.owing.given(call)

    async def apologise(self, interaction: Interaction, error: BaseException) -> None:
        """Answer an error that no deed raised: Discord's or our own."""
        await Answer(interaction, Manner.PRIVATELY).give(_sorry(error, None))

    async def settle(self) -> None:
        """Wait for the deeds under way, at the end of the house."""
        if self._running:
            await asyncio.wait(self._running)

    async def _outcome(
        self, interaction: Interaction, deed: Awaitable[Notice | Reply], text: str | None, manner: Manner
    ) -> Reply | None:
        try:
            outcome = await asyncio.shield(deed)
        except NeedsConfirmation as question:
            return await self._question(interaction, question)
        except Exception as error:  # noqa: BLE001  the boundary: every error is answered, none ends the bot
            return _sorry(error, text)
        if isinstance(outcome, Reply):
            return outcome
        if outcome.session and (unseen := why_unseen(interaction)):
            return Reply(f"{safe(wording.say(outcome))} {unseen}")
        return None if manner is Manner.SILENTLY else Reply(safe(wording.say(outcome)))

    async def _question(self, interaction: Interaction, question: NeedsConfirmation) -> Reply:
        """Ask whether to go on; Yes is bound to the story as it was when it was asked, or to the asker."""
        if question.concerns_a_person:
            rows = buttons.sure_of_oneself(question.deed.removeprefix("forget-"), interaction.user.id)
            return Reply(wording.explain(question), rows=rows)
        try:
            session = await self.workshop.library.session(self.act(interaction, _session_of(interaction)))
        except WorkshopError as error:
            return _sorry(error, None)
        rows = buttons.sure(question.deed, session.id, session.head)
        return Reply(wording.explain(question), rows=rows)


def _session_of(interaction: Interaction) -> int | None:
    ticket = buttons.read(str((interaction.data or {}).get("custom_id", "")))
    return ticket.number(0) if ticket and ticket.parts and ticket.parts[0].isdigit() else None


def _sorry(error: BaseException, text: str | None) -> Reply:
    if isinstance(error, Refusal):
        return returned(str(error), text)
    if isinstance(error, WorkshopError):
        refused = error.text if isinstance(error, GIVEN_BACK) else text
        return returned(f"{safe(wording.explain(error))}{_where(error)}", refused)
    number = secrets.token_hex(3)
    _log.error("fault %s in an interaction", number, exc_info=error)
    return returned(phrases.OUR_FAULT.format(number=number), text)


def _where(error: WorkshopError) -> str:
    """Link to the thread that an error points to."""
    if not isinstance(error, BusyElsewhere) or error.thread is None:
        return ""
    return f" {phrases.IN_ITS_THREAD.format(thread=f'<#{error.thread}>')}"


def returned(why: str, text: str | None) -> Reply:
    """Say why, and give the text back in full: below, or as a file where it does not fit."""
    if not text or is_blank(text):
        return Reply(excerpt(why, MESSAGE_CHARACTERS))
    whole = f"{why}\n\n{phrases.YOUR_TEXT}\n{safe(text)}"
    if weight(whole) <= MESSAGE_CHARACTERS:
        return Reply(whole)
    return Reply(f"{why}\n\n{phrases.YOUR_TEXT_ATTACHED}", attached=(phrases.YOUR_TEXT_FILE, text))
