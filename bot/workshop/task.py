"""A draftsman's task: one candidate of a job, and what its form asks for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.forms import Form, form_of
from bot.forms.form import Shape
from bot.forms.lines import counted
from bot.prompt.craft import Craft
from bot.story.manuscript import Passage, Session
from bot.story.plan import Beat
from bot.story.presets import Sampling
from bot.story.wordlist import Entry
from bot.workshop.records import Job

ATTEMPTS: Final = 3
TOKENS_OF_A_LINE: Final = 24


@dataclass(frozen=True, slots=True)
class Task:
    """Which candidate of a job is wanted, what it goes on from, and what it must not repeat.

    ``beat`` is the one of the plan that it is to tell; ``banned`` are the guild's listed words.
    """

    job: Job
    session: Session
    story: Sequence[Passage]
    index: int = 0
    others: Sequence[str] = ()
    beat: Beat | None = None
    banned: Sequence[Entry] = ()

    @property
    def form(self) -> Form:
        """The session's form."""
        return form_of(self.session.form)

    @property
    def shape(self) -> Shape | None:
        """What the passage must look like; None for prose."""
        verse = self.form.verse
        return verse.shape(self._written, self.job.length) if verse else None

    @property
    def sampling(self) -> Sampling:
        """The preset's sampling, but where the form is strict."""
        wanted = self.session.preset.sampling
        strict = self.form.temperature
        return wanted if strict is None else replace(wanted, temperature=strict)

    @property
    def tokens(self) -> int:
        """Most tokens of the continuation."""
        shape = self.shape
        return shape.most * TOKENS_OF_A_LINE if shape else self.session.preset.lengths.of(self.job.length)

    @property
    def craft(self) -> Craft:
        """How the work is spoken of to the model."""
        form, shape = self.form, self.shape
        lines = shape.most if shape else 0
        return Craft(
            writers=form.writers,
            rules=form.rules,
            work=form.work,
            seed=form.seed,
            first=form.first.format(lines=lines),
            later=form.later.format(lines=lines),
            joint=self._joint,
        )

    def seed(self, attempt: int) -> int:
        """Return the seed of an attempt; no two attempts of a job share one."""
        return self.job.seed + self.index * ATTEMPTS + attempt

    @property
    def _joint(self) -> str:
        verse = self.form.verse
        if verse is None:
            return ""
        return "\n\n" if verse.opens_stanza(self._written) else "\n"

    @property
    def _written(self) -> int:
        return sum(counted(passage.text.splitlines()) for passage in self.story)
