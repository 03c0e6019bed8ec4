"""What a deed answers to the one who did it."""

from functools import singledispatch

from bot.story.privacy import Keep
from bot.wording.counting import count
from bot.wording.rulings import ruling
from bot.workshop.notices import (
    BallotClosed,
    BeatEdited,
    BeatMoved,
    Finished,
    Forgotten,
    ModelAsked,
    Notice,
    PassageAdded,
    ProposalAdded,
    SessionReopened,
    SessionStarted,
    Stopped,
    Undone,
    VoteCounted,
)


def say(notice: Notice) -> str:
    """Say what was done."""
    return _sentence(notice)


@singledispatch
def _sentence(notice: Notice) -> str:
    return ruling(notice)


@_sentence.register
def _(notice: SessionStarted) -> str:
    return f"“{notice.title}” begins. It has a thread of its own, where everybody can write along."


@_sentence.register
def _(notice: SessionReopened) -> str:
    return f"“{notice.title}” goes on in a new thread here. /history there shows all that was written."


@_sentence.register
def _(_: PassageAdded) -> str:
    return "Added to the story."


@_sentence.register
def _(notice: ProposalAdded) -> str:
    place = (
        f"Your text is candidate {notice.number}"
        if notice.number
        else "Your text will be one of the candidates"
    )
    if notice.instead_of_writing:
        return f"A vote decides what comes next, so your text was not added at once. {place}."
    return f"{place}. Nobody sees that it is yours until the vote closes."


@_sentence.register
def _(notice: ModelAsked) -> str:
    if notice.candidates == 1:
        return "The model is writing."
    return f"The model is drafting {count(notice.candidates, 'candidate')}. Add your own with /propose meanwhile."


@_sentence.register
def _(_: Stopped) -> str:
    return "Stopped. Nothing was added to the story."


@_sentence.register
def _(notice: VoteCounted) -> str:
    choice = f"candidate {notice.choice}" if notice.choice else "none of these"
    voted = f"{'Changed: your vote is now' if notice.changed else 'You voted'} for {choice}."
    if notice.closed:
        return f"{voted} It was the last that was waited for, so the vote is closed."
    return f"{voted} You can change it until the vote closes."


@_sentence.register
def _(notice: BallotClosed) -> str:
    if notice.winner is None:
        return "The vote is closed. Nothing was chosen, so the story stays as it is."
    lot = " It was a tie, so a draw decided." if notice.drawn else ""
    return f"The vote is closed: candidate {notice.winner} joins the story.{lot}"


@_sentence.register
def _(notice: Undone) -> str:
    stopped = " The model was stopped." if notice.stopped_model else ""
    cancelled = " The vote was cancelled; its candidates are kept." if notice.cancelled_ballot else ""
    if notice.passage is None:
        return f"The story has no passage yet, so none is taken back.{stopped}{cancelled}"
    return f"The newest passage is taken back.{stopped}{cancelled}"


@_sentence.register
def _(notice: Finished) -> str:
    return f"“{notice.title}” is finished, with {count(notice.passages, 'passage')}. /export markdown gives you the text."


@_sentence.register
def _(notice: BeatMoved) -> str:
    return f"Beat {notice.beat} comes next." if notice.beat else "All beats are told now."


@_sentence.register
def _(notice: BeatEdited) -> str:
    return f"Beat {notice.beat} is changed."


@_sentence.register
def _(notice: Forgotten) -> str:
    if not notice.number:
        return "There is nothing of yours in this server's records, so there is nothing to delete."
    name = f"“a former writer {notice.number}”"
    words = (
        f"What you wrote stands under {name}"
        if notice.keep == Keep.TEXT
        else f"Where you wrote, {name} left a gap"
    )
    return (
        f"Done: your name and id are out of this server's records. {words}."
        " The messages here change one after another, and old copies of the database are erased within minutes."
    )
