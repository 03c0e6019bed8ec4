"""An outline as text: how it is asked for, read, written down so far, and what of it is still missing."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.forms.plot import BEATS
from bot.story.plan import Beat
from bot.story.text import clean

MOST_TITLE: Final = 60
LEAST_BEAT, MOST_BEAT = 12, 240
"""Characters of a title and of a beat."""
LEAST_WORDS: Final = 4
"""Of a beat in a script that parts words by spaces."""
_BROKEN_OFF: Final = ("...", "…", " vs.", " Mr.", " Mrs.", " Dr.")
WANDERING: Final = 160
"""Characters without the heading of an act after which an answer is no outline."""

PLANNER: Final = (
    "You plan stories. You write outlines: every act has a title, and beats, each one sentence that says"
    " who does what and what comes of it. Never explain, never greet: only the outline."
)
TELLER: Final = (
    "You are planning a story. You tell what happens in it, in order: who does what, and what comes of it."
)
NAMER: Final = "You give short titles to the parts of a story."

_ACT: Final = re.compile(r"^\W*act\s+(?:\d{1,2}|[ivx]{1,4}|\w+)\b[\s:.–—-]*(.*)$", re.IGNORECASE)
_BEAT: Final = re.compile(r"^\W*(?:beat\s*)?(?:\d{1,2}\s*[.):]|[-•*–])\s*(.+)$", re.IGNORECASE)
_SENTENCE: Final = re.compile(r"^(.+?[.!?…。！？]+[”\"’']?)(?=\s|$|[^\x00-\x7f])")
_PART: Final = re.compile(
    r"^(?:(?:(?:the )?\w+ (?:part|scene|beat|act)|what (?:happens|occurs|is)[\w ]*?)\s*(?::|\s[–-])\s+)+",
    re.IGNORECASE,
)
_NEXT_NUMBER: Final = re.compile(r"[\s:;,–—-]+\d{1,2}\.$")
"""The number of the next beat, where that began on the same line."""
_ARTICLES: Final = frozenset({"a", "an", "the"})
_WRAPPING: Final = " \t*_#\"“”'‘’`"
_ECHO: Final = re.compile(
    r"\b(?:act|beat)\s+(?:\d+|one|two|three|[ivx]+)\b|\b(?:first|second|third|next|last)\s+(?:act|beat)\b"
    r"|\b(?:outline|logline|the narrator|the story)\b",
    re.IGNORECASE,
)

_OF_WRITING: Final = re.compile(
    r"\b(?:markdown|format\w*|sentences?|paragraphs?|punctuation|commas?|fonts?|brackets?|bullet\w*|numbered"
    r"|narratives?|chapters?|readers?|audience|plot points?|examples?|(?:first|next|last|opening|final) scene"
    r"|you|your|yours|yourself)\b",
    re.IGNORECASE,
)
"""Talk about how to write, and to whoever asked, in place of what happens."""
_SPOKEN: Final = re.compile(r"[“\"][^”\"]*[”\"]")
"""What somebody in the story says may speak of anything."""
_DECORATION: Final = re.compile(r"\*\*|__|[`<>{}|\[\]#]")


@dataclass(frozen=True, slots=True)
class Act:
    """An act as far as it is drafted."""

    title: str = ""
    beats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """An outline as far as it is drafted, always with all its acts."""

    logline: str
    acts: tuple[Act, ...]

    @classmethod
    def empty(cls, logline: str, acts: int) -> "Outline":
        """Return an outline of so many acts without a word in them."""
        return cls(logline, (Act(),) * acts)

    @property
    def complete(self) -> bool:
        """Whether every act has its title and its beats."""
        return all(act.title and len(act.beats) == BEATS for act in self.acts)

    @property
    def told(self) -> list[str]:
        """All beats in their order."""
        return [beat for act in self.acts for beat in act.beats]

    def beats(self) -> tuple[Beat, ...]:
        """Return the beats as the plan keeps them."""
        placed = [(number, act.title, beat) for number, act in enumerate(self.acts, 1) for beat in act.beats]
        return tuple(Beat(at, number, title, beat) for at, (number, title, beat) in enumerate(placed, 1))

    def trusted(self) -> "Outline":
        """Return the outline up to its first act that lacks a beat: what stands after a gap is no sequel."""
        at = self.next_act
        kept = self.acts if at is None else self.acts[: at + 1]
        return replace(self, acts=kept + (Act(),) * (len(self.acts) - len(kept)))

    def with_beat(self, raw: str) -> "Outline":
        """Return the outline with the first sentence of ``raw`` as its next beat; unchanged if it is none."""
        at = self.next_act
        beat = beat_of(raw, self)
        return (
            self
            if at is None or not beat
            else self._with(at, replace(self.acts[at], beats=(*self.acts[at].beats, beat)))
        )

    def with_title(self, raw: str) -> "Outline":
        """Return the outline with ``raw`` as its next missing title; unchanged if it is none."""
        at = self.untitled
        title = title_of(raw, self)
        return self if at is None or not title else self._with(at, replace(self.acts[at], title=title))

    def without(self, unfit: Callable[[str], bool]) -> "Outline":
        """Return the outline without the titles and beats that are unfit, and without what follows such a beat."""
        kept = tuple(
            Act("" if unfit(act.title) else act.title, tuple(beat for beat in act.beats if not unfit(beat)))
            for act in self.acts
        )
        return replace(self, acts=kept).trusted()

    @property
    def next_act(self) -> int | None:
        """The first act that lacks a beat."""
        return next((at for at, act in enumerate(self.acts) if len(act.beats) < BEATS), None)

    @property
    def untitled(self) -> int | None:
        """The first act that has its beats and no title."""
        return next(
            (at for at, act in enumerate(self.acts) if not act.title and len(act.beats) == BEATS), None
        )

    def _with(self, at: int, act: Act) -> "Outline":
        return replace(self, acts=(*self.acts[:at], act, *self.acts[at + 1 :]))


def whole_request(logline: str, acts: int) -> str:
    """Ask for everything at once, which a strong model can do."""
    return (
        f"{_story(logline)}Write its outline in {acts} act{'s' if acts > 1 else ''}, {BEATS} beats in each."
        " Begin each act with a line such as “Act 1: its title”, and number its beats: “1.”, “2.”, and so on,"
        " a line for each."
    )


def beat_request(outline: Outline) -> tuple[str, str]:
    """Ask for the next beat alone: what is asked, and the beginning of the answer."""
    numbered = [f"{number}. {beat}" for number, beat in enumerate(outline.told, 1)]
    asked = f"{_story(outline.logline)}List what happens in it, in order, one short sentence a line."
    return asked, "\n".join([*numbered, f"{len(numbered) + 1}."])


def title_request(outline: Outline, at: int) -> tuple[str, str]:
    """Ask for the title of an act: what is asked, and the beginning of the answer."""
    happens = " ".join(outline.acts[at].beats)
    return f"Give a title of two to four words to this part of a story:\n\n{happens}", "Title: “"


def read(raw: str, logline: str, acts: int) -> Outline:
    """Read an outline, however it is decorated; what is not fit is left out."""
    outline = Outline.empty(logline, acts)
    for title, lines in list(_parts(raw))[:acts]:
        at = next((at for at, act in enumerate(outline.acts) if act == Act()), None)
        if at is None:
            break
        named = title_of(title, outline)
        beats: tuple[str, ...] = ()
        for line in lines:
            beat = beat_of(line, outline, beats, whole=True)
            beats = (*beats, beat)[:BEATS] if beat else beats
        outline = replace(outline, acts=(*outline.acts[:at], Act(named, beats), *outline.acts[at + 1 :]))
    return outline


def hopeless(raw: str) -> bool:
    """Tell whether an answer that still grows is no outline."""
    return len(raw) > WANDERING and not any(_ACT.match(line) for line in raw.split("\n"))


def beat_of(raw: str, outline: Outline, more: Sequence[str] = (), *, whole: bool = False) -> str:
    """Return the sentence in ``raw`` that can stand as a beat; empty for talk, and for what is there already.

    A ``whole`` line needs no full stop to be taken for a finished one.
    """
    line = " ".join(clean(raw.lstrip().split("\n")[0]).strip(_WRAPPING).split())
    line = _PART.sub("", line)
    sentence = _SENTENCE.match(line)
    beat = _NEXT_NUMBER.sub(".", sentence[1] if sentence else line if whole else "")
    known = {_plain(each) for each in (*outline.told, *more, outline.logline)}
    return beat if _told(beat) and not _talks(beat, outline.logline) and _plain(beat) not in known else ""


def title_of(raw: str, outline: Outline) -> str:
    """Return the title in ``raw``; empty for a long one, talk, and one that another act has."""
    line = raw.strip().split("\n")[0].split("”")[0]
    title = " ".join(clean(line).strip(_WRAPPING).rstrip(" .:,;").split())
    known = {_plain(act.title) for act in outline.acts}
    fit = title.count(" ") < 8 and len(title) <= MOST_TITLE and any(letter.isalpha() for letter in title)
    return title if fit and not _talks(title, outline.logline) and _plain(title) not in known else ""


def _told(beat: str) -> bool:
    """Tell whether a sentence is whole, and long enough to say that something happens."""
    words = beat.count(" ") + 1
    fitting = LEAST_BEAT <= len(beat) <= MOST_BEAT and (words == 1 or words >= LEAST_WORDS)
    return fitting and not beat.endswith(_BROKEN_OFF)


def _talks(text: str, logline: str) -> bool:
    """Tell whether a text speaks of the writing; a story that is about writing may."""
    if _ECHO.search(text) or _DECORATION.search(text):
        return True
    return bool(_OF_WRITING.search(_SPOKEN.sub("", text))) and not _OF_WRITING.search(logline)


def _parts(raw: str) -> Iterator[tuple[str, list[str]]]:
    """Give each act's title and the texts of its beats."""
    title, beats = None, list[str]()
    for line in clean(raw).split("\n"):
        if act := _ACT.match(line):
            if title is not None:
                yield title, beats
            title, beats = act[1], []
        elif beat := _BEAT.match(line):
            beats.append(beat[1])
    if title is not None:
        yield title, beats


def _story(logline: str) -> str:
    return f"The story: {logline}\n\n" if logline else ""


def _plain(text: str) -> str:
    return " ".join(word for word in re.findall(r"\w+", text.casefold()) if word not in _ARTICLES)
