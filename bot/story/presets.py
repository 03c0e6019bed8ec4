"""Presets: named, versioned styles, and the handful that come with Scriptorium."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the model draws its tokens; the names are those of OpenAI-compatible servers."""

    temperature: float = 0.8
    top_p: float = 1.0
    min_p: float = 0.1
    repetition_penalty: float = 1.1


@dataclass(frozen=True, slots=True)
class Lengths:
    """Most tokens of one continuation, by the length that is asked for."""

    short: int = 60
    medium: int = 120
    long: int = 280

    def of(self, name: str) -> int:
        """Return the limit for ``short``, ``medium`` or ``long``."""
        return {"short": self.short, "medium": self.medium, "long": self.long}[name]


@dataclass(frozen=True, slots=True)
class Preset:
    """A style; ``version`` counts up with every change, and a session keeps the version it began with.

    ``adapter`` names the LoRA adapter that the model writes with; empty is the model itself.
    """

    name: str
    voice: str
    about: str
    version: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    lengths: Lengths = field(default_factory=Lengths)
    adapter: str = ""


DEFAULT: Final = "storyteller"

BUILT_IN: Final[tuple[Preset, ...]] = (
    Preset(
        name=DEFAULT,
        about="Clear, warm prose that moves.",
        voice="Write clear, vivid prose. Show what happens through action, the senses and speech.",
    ),
    Preset(
        name="gothic",
        about="Long shadows, old houses, dread that grows slowly.",
        voice="Write brooding gothic prose: weather, old houses, secrets, and a dread that grows slowly.",
    ),
    Preset(
        name="noir",
        about="Short sentences, rain, nobody tells the truth.",
        voice="Write hard-boiled noir: short sentences, dry wit, rain on the windows, everyone hides something.",
        sampling=Sampling(temperature=0.7),
    ),
    Preset(
        name="fairy-tale",
        about="Told by the fire: simple words, threes, a turn of luck.",
        voice="Write as a fairy tale told by the fire: simple words, things in threes, a turn of luck.",
    ),
    Preset(
        name="comic",
        about="Deadpan, absurd, kind to its people.",
        voice="Write deadpan comedy: absurd events told with a straight face, kind to the people in it.",
        sampling=Sampling(temperature=0.95),
    ),
)
