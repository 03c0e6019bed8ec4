"""One specification of a form: the model's rules, the shape of a passage, and the sampling that suits it."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Final

_SIZES: Final = {"short": 0.5, "medium": 1.0, "long": 2.0}


class Family(StrEnum):
    """Which command begins a work of this form."""

    STORY = "story"
    POEM = "poem"
    PLOT = "plot"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a passage of verse must look like: its lines, where its stanzas end, how wide a line may be.

    ``ends`` are counted in lines of this passage; None leaves the stanzas to the writer.
    """

    least: int
    most: int
    widest: int
    ends: tuple[int, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Verse:
    """The stanzas of a whole poem, by their lines; a free one counts no more than its lines as a whole."""

    stanzas: tuple[int, ...]
    widest: int
    free: bool = False

    def shape(self, written: int, length: str = "medium") -> Shape:
        """Return the shape of what comes after ``written`` lines.

        At first it is the whole poem, later the next stanza; a stanza that somebody began is filled.
        """
        if self.free:
            most = round(sum(self.stanzas) * _SIZES[length])
            return Shape(max(2, most // 2), most, self.widest, ends=None)
        done = written % sum(self.stanzas)
        ends = tuple(end - done for end in accumulate(self.stanzas) if end > done)
        if written:
            return Shape(ends[0], ends[0], self.widest)
        return Shape(ends[-1], ends[-1], self.widest, ends)

    def opens_stanza(self, written: int) -> bool:
        """Tell whether what comes after ``written`` lines stands apart from them."""
        return self.free or written % sum(self.stanzas) in {0, *accumulate(self.stanzas)}


@dataclass(frozen=True, slots=True)
class Form:
    """A writing form.

    ``writers`` and ``rules`` stand around the preset's voice in the system's message. ``work`` is what
    it is called, ``seed`` what it grows from. ``first`` and ``later`` ask for a passage, with
    ``{lines}`` for the number of its lines. ``temperature`` overrides the preset's where the form is strict.
    """

    name: str
    family: Family
    writers: str
    rules: str
    work: str
    seed: str
    first: str
    later: str
    temperature: float | None = None
    verse: Verse | None = None


def poem(name: str, called: str, rules: str, verse: Verse, *, temperature: float | None = None) -> Form:
    """Return a poem's form; all of them are asked for in the same words."""
    return Form(
        name=name,
        family=Family.POEM,
        writers="You are one of several poets who are writing a poem together.",
        rules=f"{rules} Write verse, never prose: each line on a line of its own, and short."
        " Never explain, never greet, never write titles, numbers or notes: only the lines of the poem.",
        work="poem",
        seed="theme",
        first=f"Write {called} of {{lines}} lines, each on a line of its own.",
        later="Write only the next {lines} lines of the poem, each on a line of its own.",
        temperature=temperature,
        verse=verse,
    )
