"""Lines of the lists that people ask for: sessions, history, status."""

from typing import Final

from bot.story.manuscript import Passage, Session, SessionState
from bot.wording.counting import count
from bot.wording.guide import mode
from bot.wording.pages import byline
from bot.workshop.library import Status

NO_NEWS: Final = "There is no story here yet. Begin one with /story start."

_STATES: Final = {
    SessionState.WRITING: "being written",
    SessionState.VOTING: "a vote is open",
    SessionState.PAUSED: "paused",
    SessionState.FINISHED: "finished",
}

_UNWELL: Final = {
    "ModelError": "its server gives no answer that can be read.",
    "ModelDown": "it does not answer right now.",
    "ModelBusy": "it has its hands full right now.",
    "ModelTimedOut": "it is still getting ready, or very busy.",
    "ModelRefused": "its server turns this bot away: whoever runs the bot should check the model's name and key.",
}

_UNKEPT = {
    "StoreError": "It has a fault and took no test of writing, so what you do now may not be kept."
    " Whoever runs the bot finds the fault in its log; python -m bot doctor tells more.",
    "StoreBusy": "It is busy and took no test of writing in time. Try again in a minute; if that stays so,"
    " tell whoever runs the bot.",
    "StoreFull": "Its disk is full, or nearly so: soon nothing new can be kept."
    " Whoever runs the bot should make room on it; there is nothing else to do.",
    "StoreReadOnly": "It lets nobody write, so nothing new is kept. Whoever runs the bot should give it back"
    " the right to write to the database's file and folder, and start it again.",
}


def session_line(session: Session) -> str:
    """Say which session it is and where it stands."""
    lost = "; its thread was deleted" if session.lost else ""
    return f"#{session.id} “{session.title}” – {_STATES[session.state]}, {mode(session.ai)}{lost}"


def history_line(number: int, passage: Passage) -> str:
    """Say which passage of the story it is, and whose."""
    return f"{number}. {byline(passage)}"


def status_lines(status: Status) -> list[str]:
    """Say how the model and the store are, and how much is going on."""
    if status.model:
        model = f"Model: {status.model.name}, remembers {status.model.context:,} tokens."
    else:
        unwell = _UNWELL.get(status.model_fault or "", _UNWELL["ModelError"])
        model = f"Model: {unwell} People can go on with /write; try /continue again later."
    return [
        model,
        f"Store: {status.store}.{_unkept(status.store_fault)}",
        f"{count(status.sessions, 'unfinished story', 'unfinished stories')}, the model at work in {status.writing:,}.",
    ]


def _unkept(fault: str | None) -> str:
    return f" {_UNKEPT.get(fault, _UNKEPT['StoreError'])}" if fault else ""
