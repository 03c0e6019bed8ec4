"""What the bot has the model write, by its own prompts, and the tokens that were drawn for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, cast

from bot.forms import PLOT, STORY
from bot.prompt.compose import ChatMessage
from bot.prompt.repair import repair
from bot.story.manuscript import AiMode, JobId, Origin, Passage, PassageId, Session, SessionId, SessionState
from bot.story.presets import BUILT_IN, Preset
from bot.workshop.acts import Deeds, Limits
from bot.workshop.draftsman import Draftsman
from bot.workshop.errors import ModelError
from bot.workshop.planner import Planner, Wish
from bot.workshop.records import Job, JobState, ModelInfo, ModelRequest
from bot.workshop.streams import heard
from bot.workshop.task import Task
from model_server.chat import ChatEncoder
from model_server.engine.batch import BatchEngine
from model_server.engine.interface import Delta, GenerationRequest
from model_server.engine.interface import Sampling as EngineSampling

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROSE = Path(__file__).parent / "prose.txt"
REWRITTEN = 1200
"""Characters of a passage that is to be rewritten."""
PREMISES = (
    "A lighthouse keeper who cannot swim finds a boat with nobody in it.",
    "Two sisters inherit a bicycle and the debts of the uncle who rode it.",
    "The cook of a circus has lost her sense of taste, and nobody may know.",
    "A letter arrives forty years late, at the house of the man who wrote it.",
    "On a school ship, one bunk is made every morning that belongs to nobody.",
)
THEMES = ("rain in a city of glass", "the last tram", "a garden that grows in winter", "my father's coat")
WISHES = (
    "Rewrite this passage with shorter sentences.",
    "Rewrite this passage in the present tense.",
    "Rewrite this passage with the weather changed to deep snow.",
    "Rewrite this passage with its mistakes corrected, and change nothing else.",
)
REFRAIN = "Let the first line come back as a refrain."


@dataclass(frozen=True)
class Drawn:
    """A prompt, and the tokens that were drawn for its answer."""

    prompt: tuple[int, ...]
    written: tuple[int, ...]


@dataclass
class Pen:
    """Fills the bot's port Model with an engine in this process, and keeps what it draws."""

    engine: BatchEngine
    chat: ChatEncoder
    context: int
    drawn: list[Drawn] = field(default_factory=list[Drawn])

    async def info(self) -> ModelInfo:
        return ModelInfo("embedded", self.context, True)

    async def count(self, texts: Sequence[str]) -> Sequence[int]:
        return [len(self.chat.text(text)) for text in texts]

    async def adapters(self) -> Sequence[str]:
        return ()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[str, None]:
        ticket = self.engine.submit(self._asked(request))
        try:
            async for event in ticket:
                if isinstance(event, Delta) and event.text:
                    yield event.text
        finally:
            ticket.cancel()
            self.drawn.append(Drawn(ticket.request.prompt, tuple(ticket.writers[0].written)))

    def _asked(self, request: ModelRequest) -> GenerationRequest:
        messages = [{"role": one.role, "content": one.content} for one in request.messages]
        go_on = request.messages[-1].role == "assistant"
        taken = request.sampling
        return GenerationRequest(
            tuple(self.chat.messages(messages, go_on=go_on)),
            request.max_tokens,
            seed=request.seed,
            stop=request.stop,
            sampling=EngineSampling(
                temperature=taken.temperature,
                top_p=taken.top_p,
                min_p=taken.min_p,
                repetition_penalty=taken.repetition_penalty,
            ),
        )


@dataclass(frozen=True)
class Work:
    """One work to be written, in so many turns."""

    form: str
    premise: str
    preset: Preset
    seed: int
    turns: int
    length: str = "medium"
    direction: str | None = None

    @property
    def session(self) -> Session:
        return Session(
            id=SessionId(self.seed),
            guild="",
            channel="",
            thread=None,
            title=self.premise[:40],
            form=self.form,
            premise=self.premise,
            preset=self.preset,
            ai=AiMode.FULL,
            state=SessionState.WRITING,
            opener="",
            opener_name="",
            head=None,
            created=NOW,
            touched=NOW,
        )

    def job(self, turn: int) -> Job:
        return Job(
            id=JobId(turn),
            session=SessionId(self.seed),
            parent=None,
            asker="",
            asker_name="",
            direction=self.direction,
            wanted=1,
            length=self.length,
            seed=self.seed * 1000 + turn * 10,
            state=JobState.RUNNING,
            asked=NOW,
        )

    async def go_on(self, pen: Pen) -> None:
        """Let the model write turn after turn, each in view of those before."""
        draftsman = Draftsman(cast(Deeds, _Clock()), pen)
        story: list[Passage] = []
        for turn in range(self.turns):
            try:
                new = await draftsman.draft(Task(self.job(turn), self.session, tuple(story)), lambda _: None)
            except ModelError:
                continue
            story.append(_passage(turn, new.text))

    async def plan(self, pen: Pen) -> None:
        """Let the model draft an outline of three acts."""
        await Planner(pen).draft(Wish(self.session, self.job(0), acts=3), lambda _: None)


@dataclass(frozen=True)
class _Clock:
    """What of a house's deeds a draftsman asks for."""

    limits: Limits = field(default_factory=Limits)

    def now(self) -> datetime:
        return NOW


def kinds() -> dict[str, list[Callable[[Pen], Coroutine[Any, Any, None]]]]:
    """Give what is to be written, by kind."""
    stories = [
        Work(STORY.name, premise, preset, seed, turns=7)
        for seed, (premise, preset) in enumerate(zip(PREMISES, BUILT_IN, strict=True), 1)
    ]
    plots = [replace(story, form=PLOT.name, seed=story.seed + 50) for story in stories]
    refrains = verse("free verse", turns=4)
    return {
        "story": [story.go_on for story in stories],
        "sonnet": [work.go_on for work in verse("sonnet", turns=2)],
        "limerick": [work.go_on for work in verse("limerick", turns=3)],
        "haiku": [work.go_on for work in verse("haiku", turns=4)],
        "free verse with a refrain": [replace(work, direction=REFRAIN).go_on for work in refrains],
        "outline": [plot.plan for plot in plots],
        "rewriting": [rewriting(passage, wish) for passage in passages() for wish in WISHES],
        "rewriting, unpenalised": [
            rewriting(passage, wish, repetition_penalty=1.0) for passage in passages() for wish in WISHES
        ],
    }


def verse(form: str, turns: int) -> list[Work]:
    return [Work(form, theme, BUILT_IN[0], seed, turns) for seed, theme in enumerate(THEMES, 100)]


def passages() -> list[str]:
    text = PROSE.read_text(encoding="utf-8")
    return [repair(text[start : start + REWRITTEN]) for start in (0, len(text) // 2)]


def rewriting(passage: str, wish: str, **sampling: float) -> Callable[[Pen], Coroutine[Any, Any, None]]:
    """Ask for a passage in other words, with the usual style's voice and sampling but for what is named."""
    preset = BUILT_IN[0]
    request = ModelRequest(
        (ChatMessage("system", preset.voice), ChatMessage("user", f"{wish}\n\n{passage}")),
        replace(preset.sampling, **sampling),
        max_tokens=preset.lengths.long,
        seed=Random(wish).randrange(1000),
    )

    async def rewrite(pen: Pen) -> None:
        await heard(pen, request, lambda _: True)

    return rewrite


async def written(pen: Pen, works: Sequence[Callable[[Pen], Coroutine[Any, Any, None]]]) -> list[Drawn]:
    """Let works of one kind be written together; give all that was drawn for them."""
    pen.drawn = []
    await asyncio.gather(*(work(pen) for work in works))
    return [one for one in pen.drawn if one.written]


def _passage(turn: int, text: str) -> Passage:
    return Passage(PassageId(turn), SessionId(0), None, text, Origin.MODEL, "", "", NOW)
