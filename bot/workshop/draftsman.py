"""The draftsman: turns a story and a wish into one candidate, with the model's help."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.prompt.angles import angle
from bot.prompt.compose import Prompt, blocks, fit, fits, most_tokens
from bot.prompt.repair import chats, echoes, repair, strays
from bot.story.manuscript import Origin, Provenance
from bot.story.wordlist import listed, settled
from bot.workshop.acts import Deeds
from bot.workshop.errors import ModelError, ModelNonsense, ModelUnfit
from bot.workshop.ports import Model
from bot.workshop.records import ModelInfo, ModelRequest, NewPassage
from bot.workshop.streams import heard
from bot.workshop.task import ATTEMPTS, Task
from bot.workshop.versifier import versify

LATEST = 2


@dataclass(slots=True)
class Draftsman:
    """Writes candidates."""

    deeds: Deeds
    model: Model

    async def draft(self, task: Task, show: Callable[[NewPassage], None]) -> NewPassage:
        """Write one candidate, showing it as it grows.

        A text that is empty, holds a listed word, leaves the story for talk or for another language, or says
        what the story or another candidate says already, is tried again with another seed. Raises ModelError.
        """
        fault: ModelError = ModelNonsense()
        info = await self.model.info()
        prompt = await self._prompt(task, info)
        best = _blank(task, info, prompt)
        for attempt in range(ATTEMPTS):
            draft = _blank(task, info, prompt, attempt)
            messages = prompt.messages if best.text or not attempt else prompt.retold
            request = ModelRequest(
                messages,
                task.sampling,
                task.tokens,
                task.seed(attempt),
                guild=task.session.guild,
                asker=task.job.asker,
                adapter=task.session.preset.adapter,
            )
            try:
                tried = await self._write(task, request, draft, show, last=attempt == ATTEMPTS - 1)
            except ModelUnfit as unfit:
                fault = unfit
                continue
            except ModelError:
                if not best.text:
                    raise
                break
            best = tried if tried.text else best
            told = [passage.text for passage in task.story[-LATEST:]]
            if tried.text and not _unfit(tried.text, task, told):
                break
        if not best.text:
            raise fault
        return replace(best, written=self.deeds.now())

    async def _prompt(self, task: Task, info: ModelInfo) -> Prompt:
        craft = task.craft
        leaning = angle(task.job.seed, task.index, task.job.wanted, verse=task.shape is not None)
        laid = blocks(craft, task.session, task.story, task.job.direction, leaning, task.beat)
        texts = [block.text for block in laid]
        limit = self.deeds.limits.prompt_tokens
        room = min(info.context - task.tokens, limit or info.context)
        counts = [most_tokens(text) for text in texts]
        if not fits(counts, room):
            counts = await self.model.count(texts)
        return fit(craft, laid, counts, room)

    async def _write(
        self,
        task: Task,
        request: ModelRequest,
        draft: NewPassage,
        show: Callable[[NewPassage], None],
        *,
        last: bool,
    ) -> NewPassage:
        """Let the model write. Raises ModelUnfit for a listed word, which is never shown."""

        def grown(text: str) -> bool:
            fit_to_show = settled(text) if task.banned else text
            if listed(fit_to_show, task.banned):
                return False
            show(replace(draft, text=fit_to_show))
            return True

        if shape := task.shape:
            text = raw = await versify(self.model, request, shape, grown, last=last)
        else:
            raw = await heard(self.model, request, grown)
            text = repair(raw)
        if listed(raw, task.banned):
            raise ModelUnfit
        return replace(draft, text=text)


def _unfit(text: str, task: Task, told: Sequence[str]) -> bool:
    """Tell whether another try is worth its time: the text is no sequel, or none of this story."""
    theirs = [task.session.premise, *told]
    return chats(text) or echoes(text, [*task.others, *told]) or strays(text, theirs)


def _blank(task: Task, info: ModelInfo, prompt: Prompt, attempt: int = 0) -> NewPassage:
    adapter = task.session.preset.adapter
    return NewPassage(
        session=task.session.id,
        parent=task.job.parent,
        text="",
        origin=Origin.MODEL,
        author=task.job.asker,
        author_name=task.job.asker_name,
        written=task.job.asked,
        how=Provenance(
            model=(info.base if adapter else "") or info.name,
            preset=task.session.preset.name,
            preset_version=task.session.preset.version,
            seed=task.seed(attempt),
            sampling=task.sampling,
            prompt_digest=prompt.digest,
            direction=task.job.direction,
            beat=task.beat.position if task.beat else None,
            adapter=adapter,
        ),
    )
