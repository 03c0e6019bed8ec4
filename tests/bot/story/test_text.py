"""Text from people and models is data."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.story.text import clean, excerpt, is_blank, split, whole_sentences


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b\u200b", "\u202e \u2066", "\ufeff", "\x00"])
def test_nothing_visible_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "…", "𝔘", "שלום", "五", "🙂", "\u200ba"])
def test_anything_visible_is_not(text: str) -> None:
    assert not is_blank(text)


def test_direction_overrides_are_dropped_and_letters_kept() -> None:
    assert clean("\u202eשלום\u202c abc") == "שלום abc"


def test_joiners_that_scripts_and_emoji_need_stay() -> None:
    family = "👩\u200d👧"
    assert clean(family) == family


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_no_control_character_survives_but_newline_and_tab(text: str) -> None:
    assert {c for c in clean(text) if unicodedata.category(c) == "Cc"} <= {"\n", "\t"}


@given(st.text(), st.integers(10, 200))
def test_pieces_fit_and_lose_no_word(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_cut_is_made_at_a_paragraph_where_there_is_one() -> None:
    assert split(f"{'a' * 30}\n\n{'b' * 30}", 40) == ["a" * 30, "b" * 30]


@given(st.text(), st.integers(5, 100))
def test_an_excerpt_fits(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= limit


def test_an_unfinished_sentence_is_dropped_with_its_quote_kept_whole() -> None:
    assert whole_sentences("“Come in.” She turned. And th") == "“Come in.” She turned."
    assert whole_sentences("He said “no.” and") == "He said “no.”"


def test_a_text_without_a_finished_sentence_stays() -> None:
    assert whole_sentences("and so on ") == "and so on"
