"""What a moderator's deed answers."""

from functools import singledispatch

from bot.story.text import excerpt
from bot.wording.counting import count
from bot.workshop import rulings
from bot.workshop.notices import Notice

_QUOTED = 40


@singledispatch
def ruling(notice: Notice) -> str:
    """Say what was decided."""
    raise TypeError(notice)


@ruling.register
def _(notice: rulings.PresetKept) -> str:
    if notice.created:
        return f"The style “{notice.name}” is there. /story start preset: {notice.name} writes in it."
    changes = ", ".join(notice.changes)
    return (
        f"The style “{notice.name}” is now at version {notice.version}; changed: {changes}."
        " Stories that began with an earlier version keep it."
    )


@ruling.register
def _(notice: rulings.PresetDeleted) -> str:
    return f"The style “{notice.name}” is deleted. {_kept(notice.uses)}"


@ruling.register
def _(notice: rulings.PresetHidden) -> str:
    return (
        f"The style “{notice.name}” came with Scriptorium and is hidden here now. {_kept(notice.uses)}"
        f" /preset create {notice.name} offers it again."
    )


@ruling.register
def _(notice: rulings.PresetOffered) -> str:
    return f"The style “{notice.name}” is offered again. /story start preset: {notice.name} writes in it."


@ruling.register
def _(notice: rulings.PresetChosen) -> str:
    style = f"“{notice.name}”, version {notice.version}"
    if notice.scope == "session":
        return f"This story goes on in the style {style}."
    where = "this channel" if notice.scope == "channel" else "this server"
    return f"Stories that begin in {where} without naming a style get {style}."


@ruling.register
def _(notice: rulings.SettingChanged) -> str:
    if notice.unset:
        return f"{notice.key} follows the default again: {notice.value}."
    return f"{notice.key} is now {notice.value}."


@ruling.register
def _(notice: rulings.PassageRemoved) -> str:
    if notice.beside:
        return "That text is removed: nobody can read it any more. What else stands beside the story keeps its number."
    return f"Passage {notice.number} is removed: nobody can read it any more, nor does the model. Its place in the story stays."


@ruling.register
def _(notice: rulings.EntryListed) -> str:
    kind = "pattern" if notice.pattern else "word"
    return f"The {kind} “{excerpt(notice.text, _QUOTED)}” is kept out of stories from now on."


@ruling.register
def _(notice: rulings.EntryUnlisted) -> str:
    return f"“{excerpt(notice.text, _QUOTED)}” may stand in stories again."


@ruling.register
def _(notice: rulings.PersonBlocked) -> str:
    return f"{notice.name} cannot write, propose, vote or ask the model here any more. What they wrote stays."


@ruling.register
def _(notice: rulings.PersonUnblocked) -> str:
    return f"{notice.name} may take part again."


def _kept(uses: int) -> str:
    if not uses:
        return "No unfinished story uses it."
    return (
        f"{count(uses, 'unfinished story keeps', 'unfinished stories keep')} the version that it began with."
    )
