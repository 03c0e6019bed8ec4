"""What stood in the way, and what to do about it."""

from collections.abc import Mapping
from functools import singledispatch
from typing import Final

from bot.commands import (
    LineFault,
    MissingOption,
    NotANumber,
    OutOfRange,
    UnexpectedText,
    UnknownChoice,
    UnknownCommand,
    ValueTooLong,
)
from bot.story.text import excerpt
from bot.wording.counting import count, either, moment
from bot.wording.privacy import FORGETTING
from bot.wording.refusals import refusal
from bot.workshop import errors, refusals

_QUOTED: Final = 40
"""Most characters of a mistaken word that an answer repeats."""

PLAIN: Final[Mapping[type[Exception], str]] = {
    errors.WorkshopError: "That did not work. Please try again.",
    errors.NoSessionHere: "There is no story here. Begin one with /story start, or go to one: /sessions lists them.",
    errors.SessionOver: "“{title}” is finished, so nothing can be added any more."
    " /export markdown still gives you its text, and /story start begins a new one.",
    errors.NoSuchSession: "There is no story number {number} here. /sessions lists those that there are.",
    errors.ModelIsSilent: "“{title}” is written by people alone, so the model stays silent."
    " Use /write to add a passage or /propose to put one to the vote.",
    errors.ThreadStands: "“{title}” has its thread. /sessions leads there.",
    errors.EmptyText: "There is nothing to read in that. Send a few words with it, for example: /write The door opened.",
    errors.CommandTyped: "That came as a message and not as a command, so nothing was done and nothing added to the story."
    " Type / and the first letters, then choose the command from the list that Discord shows.",
    errors.NotYourData: "Each person can ask about their own data alone, so nothing was looked up or deleted for “{name}”."
    " They can send /privacy info and /privacy delete themselves.",
    errors.NothingToUndo: "The story has no passage yet, so there is nothing to take back.",
    errors.NothingToRetry: "The newest passage is not the model's, so there is nothing to write anew."
    " /continue asks the model to go on from here.",
    errors.Outdated: "The story has moved on since then, so that is no longer possible. Use the newest message, or /continue.",
    errors.AlreadyWriting: "The model is already writing here, asked by {asker}. Wait for it, or stop it, and ask again.",
    errors.VoteUnderWay: "A vote is open, and it decides what comes next. Vote there, or add a candidate with /propose.",
    errors.NoBallot: "No vote is open here. /propose opens one with your text, and so does /continue candidates: 3.",
    errors.ModelError: "The model could not write this time. Try again with /continue; /status tells how it is.",
    errors.ModelDown: "The model does not answer right now. Your story is safe: go on with /write,"
    " and try /continue again in a minute.",
    errors.ModelTimedOut: "The model said nothing for {seconds:.0f} seconds, so it was given up. Try /continue again;"
    " if it happens often, tell the person who runs this bot.",
    errors.ModelNonsense: "The model answered with nothing that can be read. Try /continue again.",
    errors.OutlineMalformed: "What the model gave was no outline, however often it was asked. /retry asks again;"
    " or go on without one, with /write and /continue.",
    errors.ModelUnfit: "All that the model wrote held a word that this server keeps out of its stories."
    " Try /continue again, perhaps with another direction.",
    errors.ModelRefused: "The model's server turned the request down (status {status})."
    " The person who runs this bot should check the model's name and key in its settings.",
    errors.AdapterMissing: "The model server has no adapter “{adapter}”, which this story's style is written with."
    " Nothing is lost: go on with /write. A moderator can give the style another adapter, or none, with /preset edit,"
    " and this story that version with /preset default scope: session.",
    errors.AdapterUnfit: "The model server cannot use the adapter “{adapter}”, which this story's style is written with;"
    " its log says why. Nothing is lost: go on with /write. A moderator can give the style another adapter, or none,"
    " with /preset edit, and this story that version with /preset default scope: session.",
    errors.Unforeseen: "Something went wrong on our side while the model wrote, each time it was tried. Nothing is lost."
    " Try /continue again; if it happens again, tell the person who runs this bot: the log has it.",
    errors.StoreError: "That could not be kept, and nothing was changed. Please try again in a minute.",
    errors.StoreBusy: "The store is busy, so that was not kept. Please try again in a moment.",
    errors.StoreFull: "The disk is full, so that was not kept. Keep a copy of your text,"
    " and tell the person who runs this bot to make room.",
    errors.StoreBroken: "The store has a fault, so that was not kept. Keep a copy of your text,"
    " and tell the person who runs this bot.",
    errors.StoreReadOnly: "The store lets nobody write, so that was not kept. Keep a copy of your text,"
    " and tell the person who runs this bot that the database's file or disk is read-only.",
    UnexpectedText: "/{command} takes nothing after it. Send just /{command}.",
    MissingOption: "/{command} needs the {option}. For example: {example}",
}

FAULTS: Final[Mapping[str, str]] = {
    "ModelError": "The model could not write this time. Please try again.",
    "ModelDown": "The model does not answer right now. Your story is safe; try again in a minute.",
    "ModelBusy": "The model has its hands full right now. Try again in a minute.",
    "ModelTimedOut": "The model said nothing for too long, so it was given up. Try again in a minute.",
    "ModelNonsense": "The model answered with nothing that can be read. Please try again.",
    "OutlineMalformed": "What the model gave was no outline, however often it was asked. Ask it again with the button or"
    " /retry; or go on without one, with /write and /continue.",
    "ModelUnfit": "All that the model wrote held a word that this server keeps out of its stories. Please try again.",
    "ModelRefused": "The model's server turned the request down."
    " The person who runs this bot should check the model's name and key in its settings.",
    "AdapterMissing": "The adapter that this story's style is written with is not at the model server. Nothing is lost: go on"
    " with /write. A moderator can give the style another adapter, or none, with /preset edit, and this story that version"
    " with /preset default, scope: session; then ask again.",
    "AdapterUnfit": "The adapter that this story's style is written with cannot be used; the model server's log says why."
    " Nothing is lost: go on with /write. A moderator can give the style another one, or none, with /preset edit, and"
    " this story that version with /preset default, scope: session.",
    "Unforeseen": "Something went wrong on our side while the model wrote, each time it was tried. Nothing is lost."
    " Try again; if it happens again, tell the person who runs this bot: the log has it.",
}

RETURNED: Final[Mapping[type[Exception], str]] = {
    errors.TextTooLong: "Here it is again, so that you can shorten it or send it in parts.",
    errors.BallotFull: "Here is your text again, for later.",
    refusals.WordListed: "Here is your text again, so that you can change it.",
    refusals.PresetTextTooLong: "Here it is again, so that you can shorten it.",
}
"""What is said of a refused text that is given back."""

_RESERVED: Final[Mapping[str, str]] = {
    "finish": "Only the one who opened the story or a moderator may finish it.",
    "beat": "Only the one who opened the story or a moderator may change its outline.",
    "reopen": "Only the one who opened the story or a moderator may open it again.",
    "close": "Only the one who opened the vote or a moderator may close it before its time.",
    "stop": "Only the one who asked the model, the story's opener or a moderator may stop it.",
}


def explain(error: errors.WorkshopError | LineFault) -> str:
    """Say what stood in the way and what to do."""
    why = reason(error)
    return f"{why} {RETURNED[type(error)]}" if type(error) in RETURNED else why


def reason(error: errors.WorkshopError | LineFault) -> str:
    """Say the same beside the refused text itself, which stands there and is not given back."""
    refused = refusal(error) if isinstance(error, errors.WorkshopError) else None
    return refused or _sentence(error)


def fault(name: str) -> str:
    """Say why the model gave nothing, by the name of the error's class."""
    return FAULTS.get(name, FAULTS[errors.ModelError.__name__])


@singledispatch
def _sentence(error: Exception) -> str:
    template = next(PLAIN[kind] for kind in type(error).__mro__ if kind in PLAIN)
    return template.format_map(vars(error))


@_sentence.register
def _(error: errors.NoSuchPreset) -> str:
    return f"There is no style called “{_short(error.name)}”. Choose {either(error.known)}, or leave it out."


@_sentence.register
def _(error: errors.NotAllowed) -> str:
    return _RESERVED.get(error.deed, "Only a moderator may do that.")


@_sentence.register
def _(error: errors.NeedsConfirmation) -> str:
    costs = [
        *(["stops the model"] if error.drafting else []),
        *(["cancels the vote"] if error.voting else []),
    ]
    if error.deed in FORGETTING:
        return FORGETTING[error.deed]
    if error.deed == "finish":
        costs.append("closes the story, so that nothing can be added any more")
    return f"That {' and '.join(costs) or 'cannot be taken back'}. Go on?"


@_sentence.register
def _(error: errors.BeingDrafted) -> str:
    asked = f", asked for by {error.asker}" if error.asker else ""
    return (
        f"Candidates for a vote are being drafted{asked}. The vote opens when they are ready;"
        " until then you can add your own with /propose."
    )


@_sentence.register
def _(error: errors.TextTooLong) -> str:
    return f"Your text has {count(len(error.text), 'character')}, and a passage holds {error.limit:,}."


@_sentence.register
def _(error: errors.BallotFull) -> str:
    return f"The vote already has {error.limit} candidates, as many as it can hold."


@_sentence.register
def _(error: errors.NotYours) -> str:
    if error.chosen:
        return "The newest passage was chosen by a vote, so only a moderator may take it back."
    return "The newest passage is somebody else's, so only they or a moderator may take it back."


@_sentence.register
def _(error: errors.NoOutline) -> str:
    if error.wanting:
        return (
            f"“{error.title}” has no outline yet. Until its first passage is there, /retry asks the model for one;"
            " it can be told without one too, with /write and /continue."
        )
    return f"“{error.title}” follows no outline. /plot start begins a story with one."


@_sentence.register
def _(error: errors.NoFurtherBeat) -> str:
    if error.back:
        return "No beat is told yet, so there is none to go back to. /beat list shows the outline."
    return "All beats are told. /continue goes on from there, /finish closes the story."


@_sentence.register
def _(error: errors.NoSuchBeat) -> str:
    if error.number is None:
        return f"All beats are told. Name the one to change: beat: 1 to {error.beats}."
    return f"There is no beat {error.number}. The outline has {count(error.beats, 'beat')}; /beat list shows them."


@_sentence.register
def _(error: errors.BallotOver) -> str:
    return f"That vote is {'cancelled' if error.cancelled else 'closed'}. What comes next stands below it."


@_sentence.register
def _(error: errors.NoSuchCandidate) -> str:
    span = "1" if error.candidates == 1 else f"1 to {error.candidates}"
    return f"There is no candidate {error.number}. Vote for {span}, or 0 for none of these."


@_sentence.register
def _(error: errors.CandidateRemoved) -> str:
    return f"Candidate {error.number} was removed by a moderator or its writer. Vote for another, or for none of these."


@_sentence.register
def _(error: errors.NoQuorum) -> str:
    closes = f", or it closes by itself at {moment(error.closes)}" if error.closes else ""
    missing = count(error.needed - error.votes, "more vote")
    return f"It takes {missing} to close the vote{closes}. A moderator may close it now."


@_sentence.register
def _(error: errors.ModelBusy) -> str:
    wait = f"in {count(max(1, round(error.retry_after)), 'second')}" if error.retry_after else "in a minute"
    return f"The model has its hands full right now. Try again {wait}."


@_sentence.register
def _(error: UnknownCommand) -> str:
    if error.near:
        return (
            f"There is no /{_short(error.name)}. Did you mean {either([f'/{name}' for name in error.near])}?"
        )
    return "There is no such command. /help lists them all."


@_sentence.register
def _(error: NotANumber) -> str:
    given = f", and “{_short(error.value)}” is none" if error.value else ""
    if not error.whole:
        return f"{error.option} wants a number{given}. For example: {error.option}: 0.8"
    return f"{error.option} wants a whole number{given}. For example: {error.option}: 1"


@_sentence.register
def _(error: OutOfRange) -> str:
    bounds = [("at least", error.least), ("at most", error.most)]
    limits = " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
    return f"{error.option} must be {limits or 'another number'}, not {error.value}."


@_sentence.register
def _(error: UnknownChoice) -> str:
    given = (
        f"“{_short(error.value)}” is not possible for {error.option}"
        if error.value
        else f"{error.option} is empty"
    )
    return f"{given}. Choose {either(error.choices)}."


@_sentence.register
def _(error: ValueTooLong) -> str:
    return f"The {error.option} has {count(error.length, 'character')}, and at most {error.limit:,} fit. Please shorten it."


def _short(given: str) -> str:
    return excerpt(given, _QUOTED)
