"""Compose a prompt: blocks in a stable-to-volatile order, the story cut at its top to fit a budget.

The order lets a server re-use its cached prefix: what changes every turn stands last, and the cut
moves in big steps, so that most turns begin with the very words of the turn before.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.prompt.craft import Craft
from bot.story.manuscript import Passage, Session
from bot.story.plan import Beat
from bot.story.text import clean

CUT_STEPS: Final = 4
TEMPLATE_TOKENS: Final = 48
JOINT_TOKENS: Final = 2
LEAD_IN_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a prompt: role ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


class Part(StrEnum):
    """Where a block stands; the order of this list is the order in the prompt."""

    VOICE = "voice"
    PREMISE = "premise"
    STORY = "story"
    BEAT = "beat"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the prompt. Required ones never drop; of the story's, the oldest drop first."""

    part: Part
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What became of a block: its tokens, and why it was dropped or shortened where it was."""

    part: Part
    tokens: int
    kept: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The messages for the model, and the report of what they hold.

    ``retold`` says the same without the beginning of an answer, for a model that found nothing to add to it.
    """

    messages: tuple[ChatMessage, ...]
    retold: tuple[ChatMessage, ...]
    report: tuple[Line, ...]

    @property
    def tokens(self) -> int:
        """Tokens of all that was kept."""
        return sum(line.tokens for line in self.report if line.kept)

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits that name this exact prompt."""
        joined = "\x00".join(f"{message.role}\x01{message.content}" for message in self.messages)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]


def blocks(
    craft: Craft,
    session: Session,
    story: Sequence[Passage],
    direction: str | None,
    angle: str,
    beat: Beat | None = None,
) -> list[Block]:
    """Lay out what the model could see of a session, in prompt order; the last passage is required."""
    premise = f"The {craft.work} is called “{session.title}”."
    if session.premise:
        premise += f" Its {craft.seed}: {session.premise}"
    wish = f"{angle} The writers ask: {clean(direction)}" if direction else angle
    told = [Block(Part.STORY, passage.text, required=passage is story[-1]) for passage in story]
    return [
        Block(Part.VOICE, f"{craft.writers} {session.preset.voice} {craft.rules}", required=True),
        Block(Part.PREMISE, premise, required=True),
        *told,
        *([Block(Part.BEAT, _beat(beat), required=True)] if beat else []),
        Block(Part.DIRECTION, wish.strip(), required=True),
    ]


def _beat(beat: Beat) -> str:
    act = f"act {beat.act}, “{beat.title}”" if beat.title else f"act {beat.act}"
    return f"The current beat, in {act}: {beat.text} Tell this beat, and stop before the next one."


def most_tokens(text: str) -> int:
    """Return what no tokenizer in use exceeds: a token for every byte."""
    return len(text.encode())


def fits(tokens: Sequence[int], budget: int) -> bool:
    """Tell whether blocks of so many tokens fit whole; then nobody needs to count them exactly."""
    return sum(tokens) + JOINT_TOKENS * len(tokens) + TEMPLATE_TOKENS <= budget


def fit(craft: Craft, laid: Sequence[Block], tokens: Sequence[int], budget: int) -> Prompt:
    """Keep what fits in ``budget`` tokens and turn it into messages.

    ``tokens`` are those of each block. The story is cut at its top, in steps of a quarter of the room
    it has; a required block that is too long by itself keeps its end.
    """
    sizes = [count + JOINT_TOKENS for count in tokens]
    pairs = list(zip(laid, sizes, strict=True))
    fixed = sum(size for block, size in pairs if block.part is not Part.STORY)
    room = max(0, budget - TEMPLATE_TOKENS - fixed)
    story = [pair for pair in pairs if pair[0].part is Part.STORY]
    kept_from = cut([size for _, size in story], room)
    lines, told = _tell(story, kept_from, room)
    frame = [Line(block.part, size, kept=True) for block, size in pairs if block.part is not Part.STORY]
    story_told = "\n\n".join(told)
    return Prompt(
        messages=_messages(craft, laid, *lead_in(story_told)),
        retold=_messages(craft, laid, story_told, ""),
        report=tuple(frame[:2] + lines + frame[2:]),
    )


def cut(sizes: Sequence[int], room: int) -> int:
    """Return the index of the first story block to keep, the newest always among the kept.

    The cut stands at multiples of ``room / CUT_STEPS`` tokens from the beginning, so it stays put for
    many turns and then jumps.
    """
    total = sum(sizes)
    if total <= room or not sizes:
        return 0
    step = max(1, room // CUT_STEPS)
    surplus = -(-(total - room) // step) * step
    passed = 0
    for index, size in enumerate(sizes):
        if passed >= surplus:
            return index
        passed += size
    return len(sizes) - 1


def _tell(story: Sequence[tuple[Block, int]], kept_from: int, room: int) -> tuple[list[Line], list[str]]:
    lines: list[Line] = []
    told: list[str] = []
    for index, (block, size) in enumerate(story):
        if index < kept_from:
            lines.append(Line(Part.STORY, size, kept=False, why="older than what fits"))
        elif size > room:
            told.append(_ending(block.text, size, room))
            lines.append(Line(Part.STORY, room, kept=True, why="only its end fits"))
        else:
            told.append(block.text)
            lines.append(Line(Part.STORY, size, kept=True))
    return lines, told


def _ending(text: str, size: int, room: int) -> str:
    keep = int(len(text) * room / size * 0.9)
    tail = text[len(text) - keep :] if keep else ""
    return tail.split(" ", 1)[-1]


def _messages(craft: Craft, laid: Sequence[Block], earlier: str, lead: str) -> tuple[ChatMessage, ...]:
    texts = {block.part: block.text for block in laid}
    so_far = f"The {craft.work} so far:\n\n{earlier}" if earlier else ""
    task = craft.later if earlier or lead else craft.first
    wishes = " ".join(filter(None, [texts.get(Part.BEAT), texts[Part.DIRECTION], task]))
    user = "\n\n".join(filter(None, [texts[Part.PREMISE], so_far, wishes]))
    asked = (ChatMessage("system", texts[Part.VOICE]), ChatMessage("user", user))
    return (*asked, ChatMessage("assistant", f"{lead}{craft.joint}")) if lead else asked


def lead_in(story: str) -> tuple[str, str]:
    """Part a story into what was told before and its last paragraphs, with which the answer begins.

    A model that finds itself in the middle of its own answer goes on with the sentence, the person and
    the tense; one that is only shown the story begins another.
    """
    paragraphs = story.split("\n\n")
    start = len(paragraphs) - 1
    while start > 0 and len(" ".join(paragraphs[start:]).split()) < LEAD_IN_WORDS:
        start -= 1
    return "\n\n".join(paragraphs[:start]), "\n\n".join(paragraphs[start:]).rstrip()
