"""How a server's own presets come about: what may be changed, within which bounds, under which names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.story.presets import Lengths, Preset, Sampling
from bot.story.text import clean

NAME_CHARACTERS: Final = 32
VOICE_CHARACTERS: Final = 2000
ABOUT_CHARACTERS: Final = 100
ADAPTER_CHARACTERS: Final = 100
NO_ADAPTER: Final = "none"
"""What people write where a preset is to have no adapter; so no adapter can be called that."""
_NAME: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_ADAPTER: Final = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number of a preset, and what it may be."""

    name: str
    least: float
    most: float
    help: str


BOUNDS: Final[tuple[Bound, ...]] = (
    Bound("temperature", 0, 2, "How freely the model draws; 0 always takes the likeliest word."),
    Bound("top_p", 0.01, 1, "The share of likely words that it draws from."),
    Bound("min_p", 0, 1, "How likely a word must be, beside the likeliest."),
    Bound("repetition_penalty", 1, 2, "How much it avoids words that stand there already."),
    Bound("short", 8, 4000, "Most tokens of a short continuation."),
    Bound("medium", 8, 4000, "Most tokens of a medium continuation."),
    Bound("long", 8, 4000, "Most tokens of a long continuation."),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants a preset to be; None leaves it as it is, ``none`` takes its adapter away."""

    voice: str | None = None
    about: str | None = None
    adapter: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float | None = None
    short: int | None = None
    medium: int | None = None
    long: int | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """A value that a preset cannot have; ``least`` and ``most`` are what it could be."""

    name: str
    value: float
    least: float
    most: float


def fit_name(name: str) -> bool:
    """Tell whether a preset may be called so: 1 to 32 lower-case letters, digits and hyphens between them."""
    return len(name) <= NAME_CHARACTERS and name == name.casefold() and bool(_NAME.fullmatch(name))


def fit_adapter(name: str) -> bool:
    """Tell whether an adapter may be called so: 1 to 100 ASCII letters, digits, and ``.``, ``_``, ``-`` after the first."""
    return (
        len(name) <= ADAPTER_CHARACTERS and name.casefold() != NO_ADAPTER and bool(_ADAPTER.fullmatch(name))
    )


def adapter_named(written: str) -> str:
    """Return the adapter that somebody wrote down, empty for none."""
    name = written.strip()
    return "" if name.casefold() == NO_ADAPTER else name


def changed(preset: Preset, change: Change) -> Preset:
    """Return the preset with the change made to it, its version left as it is."""
    sampling, lengths = preset.sampling, preset.lengths
    return replace(
        preset,
        voice=_line(change.voice, preset.voice),
        about=_line(change.about, preset.about),
        adapter=preset.adapter if change.adapter is None else adapter_named(change.adapter),
        sampling=Sampling(
            temperature=_or(change.temperature, sampling.temperature),
            top_p=_or(change.top_p, sampling.top_p),
            min_p=_or(change.min_p, sampling.min_p),
            repetition_penalty=_or(change.repetition_penalty, sampling.repetition_penalty),
        ),
        lengths=Lengths(
            short=change.short if change.short is not None else lengths.short,
            medium=change.medium if change.medium is not None else lengths.medium,
            long=change.long if change.long is not None else lengths.long,
        ),
    )


def breaches(preset: Preset) -> Sequence[Breach]:
    """Return every number and text of a preset that is out of its bounds."""
    values = _numbers(preset)
    found = [
        Breach(bound.name, values[bound.name], bound.least, bound.most)
        for bound in BOUNDS
        if not bound.least <= values[bound.name] <= bound.most
    ]
    return found or _disorder(preset.lengths)


def differences(before: Preset, after: Preset) -> tuple[str, ...]:
    """Return the names of what a change changed."""
    texts = [name for name in ("voice", "about", "adapter") if getattr(before, name) != getattr(after, name)]
    earlier, later = _numbers(before), _numbers(after)
    return (*texts, *(name for name in earlier if earlier[name] != later[name]))


def _disorder(lengths: Lengths) -> Sequence[Breach]:
    """A longer length holds at least what a shorter one does."""
    found: list[Breach] = []
    if lengths.medium < lengths.short:
        found.append(Breach("medium", lengths.medium, lengths.short, _most("medium")))
    if lengths.long < lengths.medium:
        found.append(Breach("long", lengths.long, lengths.medium, _most("long")))
    return found


def _numbers(preset: Preset) -> dict[str, float]:
    sampling, lengths = preset.sampling, preset.lengths
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repetition_penalty,
        "short": lengths.short,
        "medium": lengths.medium,
        "long": lengths.long,
    }


def _most(name: str) -> float:
    return next(bound.most for bound in BOUNDS if bound.name == name)


def _or(wanted: float | None, present: float) -> float:
    return present if wanted is None else wanted


def _line(wanted: str | None, present: str) -> str:
    return present if wanted is None else clean(wanted)
