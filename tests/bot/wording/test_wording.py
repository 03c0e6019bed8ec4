"""Walks over everything that can be said, and looks whether it is fit for people."""

import re
import sys
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from support.samples import NOON, a_passage, a_session

from bot.commands import COMMANDS, LineFault
from bot.story.manuscript import AiMode, Origin, Passage, Session, SessionId, SessionState
from bot.wording import (
    byline,
    card,
    event,
    explain,
    fault,
    help_text,
    history_page,
    how_to_take_part,
    mode,
    say,
    session_line,
    status_lines,
    yes_or_no,
)
from bot.wording.events import EVENTS
from bot.workshop.errors import (
    ModelError,
    NeedsConfirmation,
    NoQuorum,
    SessionOver,
    StoreError,
    WorkshopError,
)
from bot.workshop.library import Status
from bot.workshop.notices import ModelAsked, Notice, ProposalAdded, Undone, VoteCounted
from bot.workshop.pages import EventPage
from bot.workshop.records import ModelInfo
from bot.workshop.refusals import NoSuchAdapter

JARGON = re.compile(r"[Ee]xception|[Tt]raceback|\bnull\b|transaction|None\b(?! of)|True|False|[{}<>]")


def below(kind: type) -> list[type]:
    found = [each for direct in kind.__subclasses__() for each in (direct, *below(direct))]
    return [each for each in found if getattr(sys.modules[each.__module__], each.__name__) is each]


def samples(kind: type) -> list[Any]:
    """Make values of a class: optional facts missing and present, flags down and up, counts of one and many."""
    if not is_dataclass(kind):
        return [kind()]
    hints = get_type_hints(kind)
    return [
        kind(**{each.name: _fact(hints[each.name], full) for each in fields(kind)}) for full in (False, True)
    ]


def _fact(hint: Any, full: bool) -> Any:
    kinds = get_args(hint)
    if NoneType in kinds:
        return _fact(kinds[0], full) if full else None
    facts = {
        str: ("x", "The Door in the Sea"),
        bool: (False, True),
        float: (1.0, 20.0),
        datetime: (NOON, NOON),
    }
    if hint in facts:
        return facts[hint][full]
    if kinds and is_dataclass(kinds[0]):
        return tuple(samples(kinds[0])[: 1 + full])
    if kinds:
        return ("first",) if not full else ("first", "second", "third")
    return 3 if full else 1


def fit(text: str) -> bool:
    return bool(re.match(r"[A-Z0-9“/a-z#]", text)) and len(text) <= 300 and "@" not in text


@pytest.mark.parametrize("kind", [*below(WorkshopError), *below(LineFault)], ids=lambda kind: kind.__name__)
def test_every_error_is_told(kind: type):
    for error in samples(kind):
        told = explain(error)
        assert fit(told), told
        assert not JARGON.search(told), told
        assert told[-1] in ".?" or ": " in told


@pytest.mark.parametrize("kind", below(WorkshopError), ids=lambda kind: kind.__name__)
def test_every_error_has_its_own_words(kind: type):
    if kind is not ModelError:
        assert explain(samples(kind)[0]) != explain(WorkshopError())


@pytest.mark.parametrize("kind", below(Notice), ids=lambda kind: kind.__name__)
def test_every_notice_is_told(kind: type):
    for notice in samples(kind):
        told = say(notice)
        assert fit(told), told
        assert not JARGON.search(told), told


@pytest.mark.parametrize("kind", below(ModelError), ids=lambda kind: kind.__name__)
def test_every_fault_of_the_model_is_told_to_all(kind: type):
    assert fit(fault(kind.__name__))
    assert fault(kind.__name__) != fault("")


def test_an_unknown_fault_is_told_too():
    assert fault("SomethingNew") == fault("")


@pytest.mark.parametrize("kind", EVENTS)
def test_every_event_is_told(kind: str, session: Session):
    told = event(EventPage("event:1", session, kind, actor="Ann {actor}", at=NOON))
    assert fit(told)


def test_a_missing_quorum_says_how_many_are_missing_and_until_when():
    told = explain(NoQuorum(votes=1, needed=3, closes=NOON))
    assert "2 more votes" in told
    assert "12:00 UTC" in told


def test_braces_in_peoples_words_are_just_text():
    assert "{title} {0}" in explain(SessionOver(title="{title} {0}"))


def test_of_many_adapters_some_are_named():
    known = tuple(f"voice-{number}" for number in range(30))
    told = explain(NoSuchAdapter(name="rain", known=known))
    assert "voice-19, another of its adapters or none." in told
    assert "voice-20" not in told


def test_a_question_names_its_costs():
    told = yes_or_no(NeedsConfirmation(deed="undo", drafting=False, voting=True))
    assert told == "That cancels the vote. Go on? (yes or no)"


def test_notices_tell_what_matters():
    assert "3 candidates" in say(ModelAsked(1, job=1, candidates=3))
    assert "none of these" in say(VoteCounted(1, ballot=1, choice=0, changed=False))
    assert "Changed" in say(VoteCounted(1, ballot=1, choice=2, changed=True))
    last = say(VoteCounted(1, ballot=1, choice=2, changed=False, closed=True))
    assert "the vote is closed" in last
    assert "change it" not in last
    assert "not added at once" in say(ProposalAdded(1, ballot=1, number=2, instead_of_writing=True))
    assert "cancelled" in say(Undone(1, passage=1, cancelled_ballot=True))
    assert "none is taken back. The model was stopped." in say(Undone(1, passage=None, stopped_model=True))


def test_bylines_tell_who_wrote_asked_and_chose(passage: Passage):
    assert byline(passage) == "Ann"
    written = replace(passage, origin=Origin.MODEL)
    assert byline(written) == "the model, asked by Ann"
    assert byline(replace(written, chosen_by=4)) == "the model, asked by Ann, chosen by vote"


@pytest.mark.parametrize("ai", AiMode)
def test_every_mode_is_explained(ai: AiMode, session: Session):
    assert mode(ai) in card(replace(session, ai=ai))
    assert "/write" in how_to_take_part(ai)


@pytest.mark.parametrize("state", SessionState)
def test_every_state_is_told(state: SessionState, session: Session):
    assert session_line(replace(session, state=state)).startswith("#7 “The Door” – ")


def test_status_tells_of_the_model_or_why_it_is_away():
    well = Status(ModelInfo("SmolLM2", 8192, exact_tokens=True), None, 1, 0, "SQLite")
    assert status_lines(well)[0] == "Model: SmolLM2, remembers 8,192 tokens."
    for kind in below(ModelError):
        [unwell, *_] = status_lines(replace(well, model=None, model_fault=kind.__name__))
        assert unwell.startswith("Model: it")
        assert "/write" in unwell


def test_status_tells_of_a_store_that_keeps_nothing():
    well = Status(ModelInfo("SmolLM2", 8192, exact_tokens=True), None, 1, 0, "SQLite")
    assert status_lines(well)[1] == "Store: SQLite."
    for kind in below(StoreError):
        unwell = status_lines(replace(well, store_fault=kind.__name__))[1]
        assert unwell.startswith("Store: SQLite. It")
        assert "hoever runs the bot" in unwell


def test_history_tells_where_one_reads():
    assert history_page(2, 3, 25) == "25 passages, page 2 of 3"
    assert history_page(1, 1, 0) == "nothing is written yet"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help_tells_of_every_command(command):
    overview = help_text(None)
    assert (f"/{command.name} – " in overview) != command.terminal_only
    assert f"/{command.name} – " in help_text(None, terminal=True)
    details = help_text(command.name, terminal=True)
    assert all(example in details for example in command.examples)
    assert all(f"{option.name}:" in details for option in command.options)


def test_help_finds_a_command_by_half_its_name():
    assert help_text("/story").startswith("/story start [premise:]")


def test_help_on_nothing_known_lists_everything():
    assert help_text("dancing").startswith("There is no help on “dancing”.")


@pytest.fixture
def session() -> Session:
    return a_session(id=SessionId(7))


@pytest.fixture
def passage() -> Passage:
    return a_passage(session=SessionId(7))
