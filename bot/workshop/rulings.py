"""What a moderator's deed answers. A ruling that concerns no session bears the number 0."""

from dataclasses import dataclass

from bot.workshop.notices import Notice


@dataclass(frozen=True, slots=True)
class PresetKept(Notice):
    """A preset was created or changed; ``changes`` names what is different."""

    name: str
    version: int
    created: bool
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresetDeleted(Notice):
    """A preset is no longer offered; ``uses`` unfinished sessions keep the version they pinned."""

    name: str
    uses: int


@dataclass(frozen=True, slots=True)
class PresetHidden(Notice):
    """A built-in preset is no longer offered; ``uses`` unfinished sessions keep it."""

    name: str
    uses: int


@dataclass(frozen=True, slots=True)
class PresetOffered(Notice):
    """A built-in preset that was hidden is offered again."""

    name: str


@dataclass(frozen=True, slots=True)
class PresetChosen(Notice):
    """A preset became the default of the ``server`` or a ``channel``, or that of this ``session``."""

    name: str
    version: int
    scope: str


@dataclass(frozen=True, slots=True)
class SettingChanged(Notice):
    """A setting has another value; ``unset`` when it follows the default again."""

    key: str
    value: str
    unset: bool


@dataclass(frozen=True, slots=True)
class PassageRemoved(Notice):
    """A passage's text was taken out of the story, or a text ``beside`` it."""

    number: int
    beside: bool = False


@dataclass(frozen=True, slots=True)
class EntryListed(Notice):
    """A word or pattern is on the list now."""

    text: str
    pattern: bool


@dataclass(frozen=True, slots=True)
class EntryUnlisted(Notice):
    """A word or pattern was taken off the list."""

    text: str


@dataclass(frozen=True, slots=True)
class PersonBlocked(Notice):
    """A person may not take part any more."""

    name: str


@dataclass(frozen=True, slots=True)
class PersonUnblocked(Notice):
    """A person may take part again."""

    name: str
