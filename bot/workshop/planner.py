"""The planner: has the model draft a plot's outline, at once where it can, else beat by beat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.forms import outline as craft
from bot.forms.outline import Outline
from bot.forms.plot import TEMPERATURE
from bot.prompt.compose import ChatMessage
from bot.story.manuscript import Session
from bot.story.plan import Beat
from bot.story.wordlist import Entry, listed
from bot.workshop.errors import OutlineMalformed
from bot.workshop.ports import Model
from bot.workshop.records import Job, ModelRequest
from bot.workshop.streams import heard

MISSES: Final = 12
"""Answers that may be of no use before the outline is given up."""
TOKENS_OF_AN_ACT: Final = 260
TOKENS_OF_A_BEAT: Final = 60
TOKENS_OF_A_TITLE: Final = 16


@dataclass(frozen=True, slots=True)
class Wish:
    """Which outline is wanted: for which session, by which job, in how many acts, without which words."""

    session: Session
    job: Job
    acts: int
    banned: Sequence[Entry] = ()


@dataclass(slots=True)
class Planner:
    """Drafts outlines."""

    model: Model

    async def draft(self, wish: Wish, show: Callable[[Sequence[Beat]], None]) -> tuple[Beat, ...]:
        """Draft an outline, showing its beats as they come.

        The model is asked for all of it once; what is missing or malformed is asked for piece by piece,
        with another seed each time. Raises ModelError, OutlineMalformed when it stays incomplete.
        """
        outline = _fit(await self._whole(wish, show), wish.banned)
        misses = asked = 0
        while not outline.complete and misses < MISSES:
            asked += 1
            grown = _fit(await self._more(wish, outline, wish.job.seed + asked), wish.banned)
            misses += grown == outline
            outline = grown
            show(outline.beats())
        if not outline.complete:
            raise OutlineMalformed(acts=wish.acts)
        return outline.beats()

    async def _whole(self, wish: Wish, show: Callable[[Sequence[Beat]], None]) -> Outline:
        logline, acts = _logline(wish.session), wish.acts

        def grown(raw: str) -> bool:
            show(craft.read(raw.rpartition("\n")[0], logline, acts).trusted().beats())
            return not craft.hopeless(raw)

        asked = craft.whole_request(logline, acts)
        tokens = acts * TOKENS_OF_AN_ACT
        raw = await heard(self.model, _request(wish, craft.PLANNER, asked, "", tokens, wish.job.seed), grown)
        return craft.read(raw, logline, acts).trusted()

    async def _more(self, wish: Wish, outline: Outline, seed: int) -> Outline:
        at = outline.untitled
        if at is not None:
            asked, lead = craft.title_request(outline, at)
            request = _request(wish, craft.NAMER, asked, lead, TOKENS_OF_A_TITLE, seed, ("\n", "”"))
            return outline.with_title(await heard(self.model, request, lambda _: True))
        asked, lead = craft.beat_request(outline)
        request = _request(wish, craft.TELLER, asked, lead, TOKENS_OF_A_BEAT, seed, ("\n",))
        return outline.with_beat(await heard(self.model, request, lambda _: True))


def _request(
    wish: Wish, system: str, asked: str, lead: str, tokens: int, seed: int, stop: tuple[str, ...] = ()
) -> ModelRequest:
    messages = (ChatMessage("system", system), ChatMessage("user", asked))
    return ModelRequest(
        messages=(*messages, ChatMessage("assistant", lead)) if lead else messages,
        sampling=replace(wish.session.preset.sampling, temperature=TEMPERATURE),
        max_tokens=tokens,
        seed=seed,
        stop=stop,
        guild=wish.session.guild,
        asker=wish.job.asker,
    )


def _logline(session: Session) -> str:
    return session.premise or session.title


def _fit(outline: Outline, banned: Sequence[Entry]) -> Outline:
    """Take out what holds a listed word, and what came after it."""
    return outline.without(lambda text: bool(listed(text, banned))) if banned else outline
