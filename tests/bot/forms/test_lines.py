"""Verse out of a model's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forms import POEMS
from bot.forms.form import Shape
from bot.forms.haiku import HAIKU
from bot.forms.lines import counted, ended, filled, laid_out, reflow, take, verse_lines
from bot.forms.sonnet import SONNET

HAIKU_SHAPE = HAIKU.verse.shape(0)
DECORATED = """Here is a haiku about the tide:

**The Tide**

1. The tide comes in slow
2. a heron lifts one cold foot
3. and the mud lets go

(Note: five, seven, five.)"""


def test_titles_labels_numbers_and_talk_are_dropped() -> None:
    lines, more = take(DECORATED, HAIKU_SHAPE)
    assert lines == ["The tide comes in slow", "a heron lifts one cold foot", "and the mud lets go"]
    assert not more


def test_a_plain_title_above_the_poem_is_no_line_of_it() -> None:
    assert verse_lines("Low Water\n\nthe tide is out\nand so am I")[0] == "the tide is out"


@pytest.mark.parametrize(
    "talk",
    [
        "Sure, with pleasure.",
        "Haiku:",
        "Title: The Tide",
        "# The Tide",
        "---",
        "Here are my lines:",
        "It is a limerick,",
    ],
)
def test_talk_is_no_verse(talk: str) -> None:
    assert [line for line in verse_lines(f"{talk}\nthe tide is out") if line] == ["the tide is out"]


def test_a_line_that_begins_with_here_may_be_verse() -> None:
    assert verse_lines("Here is the sea,\nhere is the door") == ["Here is the sea,", "here is the door"]


def test_of_a_line_that_falls_into_prose_the_beginning_is_kept_and_nothing_after_it() -> None:
    prose = "A small world, where the sea meets the sky and I am the water that is my home.\nMore of it."
    assert take(prose, HAIKU_SHAPE) == (["A small world,"], False)


def test_what_comes_is_added_below_what_is_kept_but_no_line_twice() -> None:
    lines, more = take("the tide\nis out\nthe tide", Shape(4, 4, 40), ["The tide"])
    assert lines == ["The tide", "is out"]
    assert more


def test_a_sonnets_stanzas_stand_apart() -> None:
    shape = SONNET.verse.shape(0)
    lines = [f"line number {number}" for number in range(1, 15)]
    assert [len(stanza.split("\n")) for stanza in laid_out(lines, shape).split("\n\n")] == [4, 4, 4, 2]


def test_free_verse_keeps_the_stanzas_that_came() -> None:
    shape = Shape(2, 8, 52, ends=None)
    lines, _ = take("the tide\n\n\nis out", shape)
    assert laid_out(lines, shape) == "the tide\n\nis out"


@given(st.text("ab ,.。\n"), st.integers(1, 8))
def test_reflowing_loses_and_moves_nothing(text: str, lines: int) -> None:
    broken = reflow(text, lines)
    assert len(broken) <= lines
    assert "".join("".join(broken).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["tide", "sea,", "a", "lighthouse."]), min_size=1), st.integers(1, 8))
def test_reflowing_reaches_the_number_where_there_are_words_enough(words: list[str], lines: int) -> None:
    assert len(reflow(" ".join(words), lines)) == min(lines, len(words))


@given(st.text("abc ,.\n", min_size=1))
def test_whatever_comes_no_line_is_too_wide_and_none_too_many(raw: str) -> None:
    for form in POEMS:
        shape = form.verse.shape(0)
        lines, _ = take(raw, shape)
        assert counted(lines) <= shape.most
        assert all(len(line) <= shape.widest for line in lines)


def test_the_last_resort_breaks_prose_at_its_pauses() -> None:
    prose = "The tide is out, the boats lie down, and nobody comes."
    assert filled([prose], HAIKU_SHAPE) == ["The tide is out,", "the boats lie down,", "and nobody comes."]


def test_the_last_resort_makes_no_poem_of_three_words() -> None:
    assert filled(["The tide is"], HAIKU_SHAPE) == []


def test_a_poem_does_not_end_on_a_comma() -> None:
    assert ended("the tide\nis out, ") == "the tide\nis out"
