"""What a server's own order refuses: its blocks, words, settings and presets, and what moderators cannot do.

All are WorkshopErrors; each carries facts that ``bot.wording`` says.
"""

from dataclasses import dataclass

from bot.story.styling import Breach
from bot.workshop.errors import WorkshopError


@dataclass(eq=False)
class Blocked(WorkshopError):
    """A moderator blocked this person in the server."""


@dataclass(eq=False)
class WordListed(WorkshopError):
    """The text holds something from the server's word list; it goes back to its writer in full."""

    text: str


@dataclass(eq=False)
class TooManyCandidates(WorkshopError):
    """The server lets one ask for fewer candidates."""

    wanted: int
    most: int


@dataclass(eq=False)
class BusyElsewhere(WorkshopError):
    """The model already writes for this person in another session, whose thread may not be open yet."""

    session: int
    title: str
    thread: str | None


@dataclass(eq=False)
class BadPresetName(WorkshopError):
    """A preset cannot be called so."""

    name: str
    limit: int


@dataclass(eq=False)
class PresetTaken(WorkshopError):
    """A preset of that name is there already; ``built_in`` when it came with Scriptorium, perhaps ``hidden``."""

    name: str
    built_in: bool
    hidden: bool = False


@dataclass(eq=False)
class BuiltInPreset(WorkshopError):
    """The preset came with Scriptorium, so a server cannot change it."""

    name: str


@dataclass(eq=False)
class LastPreset(WorkshopError):
    """It is the only preset that the server offers, and a story needs one."""

    name: str


@dataclass(eq=False)
class PresetOutOfBounds(WorkshopError):
    """Some of the preset's numbers are not possible."""

    breaches: tuple[Breach, ...]


@dataclass(eq=False)
class NoVoice(WorkshopError):
    """A preset says how to write, and this one says nothing."""

    name: str


@dataclass(eq=False)
class PresetTextTooLong(WorkshopError):
    """The preset's ``voice`` or ``about`` is too long; it goes back in full."""

    part: str
    text: str
    limit: int


@dataclass(eq=False)
class BadAdapterName(WorkshopError):
    """No adapter can be called so."""

    name: str


@dataclass(eq=False)
class NoSuchAdapter(WorkshopError):
    """The model server has no adapter of that name, but those that are ``known``."""

    name: str
    known: tuple[str, ...]


@dataclass(eq=False)
class PresetUnchanged(WorkshopError):
    """Nothing would be different."""

    name: str


@dataclass(eq=False)
class UnknownSetting(WorkshopError):
    """No setting has that key."""

    key: str
    known: tuple[str, ...]


@dataclass(eq=False)
class BadSetting(WorkshopError):
    """The setting does not take that value."""

    key: str
    value: str
    allowed: str


@dataclass(eq=False)
class NoSuchPassage(WorkshopError):
    """The story has no passage of that number."""

    number: int
    passages: int


@dataclass(eq=False)
class NothingBeside(WorkshopError):
    """No text beside the story has that number."""

    number: int


@dataclass(eq=False)
class TwoToRemove(WorkshopError):
    """A passage and a text beside the story were named at once."""


@dataclass(eq=False)
class AlreadyRemoved(WorkshopError):
    """The passage's text is gone already."""

    number: int


@dataclass(eq=False)
class BadPattern(WorkshopError):
    """The text cannot be used as a pattern; ``reason`` is the pattern reader's."""

    text: str
    reason: str


@dataclass(eq=False)
class AlreadyListed(WorkshopError):
    """The word or pattern is on the list already."""

    text: str


@dataclass(eq=False)
class NotListed(WorkshopError):
    """The word or pattern is not on the list."""

    text: str


@dataclass(eq=False)
class WordListFull(WorkshopError):
    """The list has as many entries as it can hold."""

    limit: int


@dataclass(eq=False)
class AlreadyBlocked(WorkshopError):
    """The person is blocked already."""

    name: str


@dataclass(eq=False)
class NotBlocked(WorkshopError):
    """The person is not blocked."""

    name: str


@dataclass(eq=False)
class ModeratorNotBlocked(WorkshopError):
    """A moderator cannot be blocked."""

    name: str
