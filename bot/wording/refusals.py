"""What a server's own order refuses, and what to do about it."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Final

from bot.story.styling import Breach
from bot.story.text import excerpt
from bot.wording.counting import count, either
from bot.workshop import refusals
from bot.workshop.errors import WorkshopError

_QUOTED: Final = 40
"""Most characters of a mistaken word that an answer repeats."""
_LISTED: Final = 20
"""Most adapters that an answer names."""

_PLAIN: Final[Mapping[type[WorkshopError], str]] = {
    refusals.Blocked: "A moderator has blocked you from taking part in the stories here. You can still read them."
    " If that is a mistake, write to a moderator.",
    refusals.WordListed: "This server keeps some words out of its stories, and your text holds one of them."
    " Nothing was added.",
    refusals.TooManyCandidates: "This server lets one ask for at most {most} at a time, not {wanted}."
    " For example: /continue candidates: {most}",
    refusals.BusyElsewhere: "The model is already writing for you, in #{session} “{title}”."
    " Wait for it there, or stop it, and ask again.",
    refusals.BuiltInPreset: "The style “{name}” came with Scriptorium, so it cannot be changed; /preset delete hides it."
    " Make your own from it: /preset create name: my-{name} like: {name}",
    refusals.LastPreset: "“{name}” is the last style that is offered here, and a story needs one."
    " Make another first with /preset create.",
    refusals.NoVoice: "The style “{name}” needs a voice: how the model should write."
    " For example: /preset create name: {name} voice: Write short, cold sentences full of weather.",
    refusals.PresetUnchanged: "The style “{name}” is like that already. Name what should be different,"
    " for example: /preset edit name: {name} temperature: 0.7",
    refusals.NothingBeside: "No text beside this story has the number {number}. /remove with nothing after it lists those"
    " that there are.",
    refusals.TwoToRemove: "Name one at a time, as a removed text cannot be brought back: a passage, or a text beside the story.",
    refusals.AlreadyRemoved: "Passage {number} has been removed already.",
    refusals.WordListFull: "The list has {limit} entries, as many as it can hold."
    " Take one off with /wordlist remove, or put several into one pattern.",
    refusals.AlreadyBlocked: "{name} is blocked already. /block list shows everybody who is.",
    refusals.NotBlocked: "{name} is not blocked. /block list shows everybody who is.",
    refusals.ModeratorNotBlocked: "{name} is a moderator, and moderators cannot be blocked.",
}


def refusal(error: WorkshopError) -> str | None:
    """Say what was refused and what to do; None for an error of another kind."""
    if type(error) in _PLAIN:
        return _PLAIN[type(error)].format_map(vars(error))
    return _sentence(error)


@singledispatch
def _sentence(_: WorkshopError) -> str | None:
    return None


@_sentence.register
def _(error: refusals.BadPresetName) -> str:
    return (
        f"A style cannot be called “{_short(error.name)}”: a name has 1 to {error.limit} lower-case letters,"
        " digits, and hyphens between them. For example: /preset create name: storm-glass"
    )


@_sentence.register
def _(error: refusals.BadAdapterName) -> str:
    return (
        f"No adapter is called “{_short(error.name)}”: their names are letters, digits, and dots, underscores and"
        " hyphens between them. adapter: none leaves a style without one."
    )


@_sentence.register
def _(error: refusals.NoSuchAdapter) -> str:
    if not error.known:
        return (
            f"The model server has no adapters, so no style can have “{_short(error.name)}”. Nothing was changed."
            " The person who runs this bot can put one there."
        )
    known = [*error.known[:_LISTED], *(["another of its adapters"] if error.known[_LISTED:] else []), "none"]
    return f"The model server has no adapter “{_short(error.name)}”, so nothing was changed. Choose {either(known)}."


@_sentence.register
def _(error: refusals.PresetTaken) -> str:
    if error.hidden:
        return (
            f"“{error.name}” is a style that came with Scriptorium and is hidden here. To offer it again send"
            f" just /preset create {error.name}; for a style of your own choose another name."
        )
    if error.built_in:
        return f"“{error.name}” is a style that came with Scriptorium. Please choose another name."
    return f"There is a style “{error.name}” already. Change it with /preset edit, or choose another name."


@_sentence.register
def _(error: refusals.PresetTextTooLong) -> str:
    return f"The {error.part} has {count(len(error.text), 'character')}, and at most {error.limit:,} fit."


@_sentence.register
def _(error: refusals.PresetOutOfBounds) -> str:
    return f"Nothing was changed: {'; '.join(map(_bound, error.breaches))}."


@_sentence.register
def _(error: refusals.UnknownSetting) -> str:
    return f"There is no setting “{_short(error.key)}”. Choose {either(error.known)}."


@_sentence.register
def _(error: refusals.BadSetting) -> str:
    return f"{error.key} takes {error.allowed}, or default; “{_short(error.value)}” is not possible."


@_sentence.register
def _(error: refusals.NoSuchPassage) -> str:
    if not error.passages:
        return "The story has no passage yet, so there is nothing to remove."
    last = f"1 to {error.passages}" if error.passages > 1 else "1"
    return f"There is no passage {error.number} in this story. It has {last}; /history shows the numbers."


@_sentence.register
def _(error: refusals.BadPattern) -> str:
    return (
        f"“{_short(error.text)}” cannot be listed: {_short(error.reason)}. In patterns, look-around, back-references and"
        " repetitions of more than 1,000 are not possible, as they can take for ever."
    )


@_sentence.register
def _(error: refusals.AlreadyListed) -> str:
    return f"“{_short(error.text)}” is on the list already."


@_sentence.register
def _(error: refusals.NotListed) -> str:
    return f"“{_short(error.text)}” is not on the list. /wordlist list shows what is."


def _bound(breach: Breach) -> str:
    return f"{breach.name} must be from {breach.least:g} to {breach.most:g}, not {breach.value:g}"


def _short(given: str) -> str:
    return excerpt(given, _QUOTED)
