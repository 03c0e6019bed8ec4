"""Lists that moderators read."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.story.people import Member
from bot.story.presets import BUILT_IN
from bot.story.wordlist import Entry, WordKind
from bot.wording.lists import (
    AUDITED,
    audit_line,
    audit_page,
    blocked_people,
    preset_list,
    preset_sheet,
    word_list,
)
from bot.workshop.house import AuditPage
from bot.workshop.presets import PresetLine
from bot.workshop.records import AuditEntry

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Everything(dict):
    """Facts of every name."""

    def items(self):
        names = (
            "name",
            "version",
            "changes",
            "scope",
            "key",
            "value",
            "passage",
            "session",
            "writer",
            "read_as",
            "text",
        )
        return [(name, ["a", "b"] if name == "changes" else "{x}") for name in names]


@pytest.mark.parametrize("kind", AUDITED)
def test_every_kind_of_entry_is_told(kind: str):
    told = audit_line(AuditEntry(1, kind, "mo", "Mo", NOON, Everything()))
    assert told.startswith("2026-01-01 12:00 UTC – Mo ")
    assert told.endswith(".")


def test_an_entry_of_another_version_is_told_by_its_facts():
    assert audit_line(AuditEntry(1, "novelty", "mo", "Mo", NOON, {"a": 1})).endswith("Mo novelty: a 1.")


@pytest.mark.parametrize(
    ("scope", "session", "told"),
    [("session", 7, "for story #7."), ("channel", 0, "for a channel."), ("server", 0, "for the server.")],
)
def test_the_record_names_the_story_that_got_another_style(scope: str, session: int, told: str) -> None:
    facts = {"name": "noir", "version": 1, "scope": scope, "session": session}
    assert audit_line(AuditEntry(1, "preset-chosen", "mo", "Mo", NOON, facts)).endswith(told)


def test_the_record_names_the_channel_that_got_another_style() -> None:
    facts = {"name": "noir", "version": 1, "scope": "channel", "session": 0, "channel": "42"}
    entry = AuditEntry(1, "preset-chosen", "mo", "Mo", NOON, facts)
    assert audit_line(entry, {"42": "#stories"}.__getitem__).endswith("for the channel #stories.")


def test_empty_lists_say_so():
    assert audit_page(AuditPage((), 1, 1)) == ["Nothing has been changed yet."]
    assert blocked_people([]) == ["Nobody is blocked."]
    assert word_list([])[0].startswith("Nothing is listed.")


def test_lists_tell_what_matters():
    assert blocked_people([Member("1", "Ann")]) == ["Ann"]
    assert word_list([Entry("a"), Entry("b+", WordKind.PATTERN)]) == ["a", "b+ (pattern)"]
    assert preset_list([PresetLine(BUILT_IN[0], own=False, default_of=("server", "channel"))]) == [
        "storyteller – Clear, warm prose that moves. (came with Scriptorium; default of the server and the channel)"
    ]
    assert "temperature 0.8" in preset_sheet(BUILT_IN[0])
    assert "adapter" not in preset_sheet(BUILT_IN[0])
    assert "Written with the adapter rain." in preset_sheet(replace(BUILT_IN[0], adapter="rain"))
