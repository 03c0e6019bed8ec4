"""The draftsman: turns a story and a wish into one candidate, with the model's help."""

import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from bot.prompt.angles import angle
from bot.prompt.compose import Prompt, blocks, fit, fits, most_tokens
from bot.prompt.repair import echoes, repair
from bot.story.manuscript import Origin, Passage, Provenance, Session
from bot.workshop.acts import Deeds
from bot.workshop.errors import ModelNonsense
from bot.workshop.ports import Model
from bot.workshop.records import Job, ModelInfo, ModelRequest, NewPassage

ATTEMPTS = 3
LATEST = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Which candidate of a job is wanted, what it goes on from, and what it must not repeat."""

    job: Job
    session: Session
    story: Sequence[Passage]
    index: int = 0
    others: Sequence[str] = ()

    @property
    def tokens(self) -> int:
        """Most tokens of the continuation."""
        return self.session.preset.lengths.of(self.job.length)

    def seed(self, attempt: int) -> int:
        """Return the seed of an attempt; no two attempts of a job share one."""
        return self.job.seed + self.index * ATTEMPTS + attempt


@dataclass(slots=True)
class Draftsman:
    """Writes candidates."""

    deeds: Deeds
    model: Model

    async def draft(self, task: Task, show: Callable[[NewPassage], None]) -> NewPassage:
        """Write one candidate, showing it as it grows.

        A text that is empty, or says what the story or another candidate says already, is tried again
        with another seed. Raises ModelError.
        """
        info = await self.model.info()
        prompt = await self._prompt(task, info)
        best = _blank(task, info, prompt)
        for attempt in range(ATTEMPTS):
            draft = _blank(task, info, prompt, attempt)
            messages = prompt.messages if best.text or not attempt else prompt.retold
            sampling = task.session.preset.sampling
            request = ModelRequest(messages, sampling, task.tokens, task.seed(attempt))
            tried = await self._stream(task, request, draft, show)
            best = tried if tried.text else best
            told = [passage.text for passage in task.story[-LATEST:]]
            if tried.text and not echoes(tried.text, [*task.others, *told]):
                break
        if not best.text:
            raise ModelNonsense
        return replace(best, written=self.deeds.now())

    async def _prompt(self, task: Task, info: ModelInfo) -> Prompt:
        leaning = angle(task.job.seed, task.index, task.job.wanted)
        laid = blocks(task.session, task.story, task.job.direction, leaning)
        texts = [block.text for block in laid]
        limit = self.deeds.limits.prompt_tokens
        room = min(info.context - task.tokens, limit or info.context)
        counts = [most_tokens(text) for text in texts]
        if not fits(counts, room):
            counts = await self.model.count(texts)
        return fit(laid, counts, room)

    async def _stream(
        self, task: Task, request: ModelRequest, draft: NewPassage, show: Callable[[NewPassage], None]
    ) -> NewPassage:
        raw = ""
        try:
            async with aclosing(self.model.stream(request)) as pieces:
                async for piece in pieces:
                    raw += piece
                    show(replace(draft, text=raw))
        except ModelNonsense:
            log.info("job %s: an attempt gave no text", task.job.id)
        return replace(draft, text=repair(raw))


def _blank(task: Task, info: ModelInfo, prompt: Prompt, attempt: int = 0) -> NewPassage:
    return NewPassage(
        session=task.session.id,
        parent=task.job.parent,
        text="",
        origin=Origin.MODEL,
        author=task.job.asker,
        author_name=task.job.asker_name,
        written=task.job.asked,
        how=Provenance(
            model=info.name,
            preset=task.session.preset.name,
            preset_version=task.session.preset.version,
            seed=task.seed(attempt),
            sampling=task.session.preset.sampling,
            prompt_digest=prompt.digest,
            direction=task.job.direction,
        ),
    )
