"""Listed words are found however they are dressed, others never, and no pattern takes for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.story.wordlist import BadPattern, Entry, WordKind, checked, listed, settled


def word(text: str) -> Entry:
    return checked(Entry(text))


def pattern(text: str) -> Entry:
    return checked(Entry(text, WordKind.PATTERN))


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("A DARN thing.", "darn"),
        ("a da\u200brn thing", "darn"),
        ("ｄａｒｎ", "darn"),
        ("die Straße", "STRASSE"),
        ("cafe\u0301!", "café"),
        ("so  it\ngoes", "So it goes"),
        ("黒い猫が好き", "猫"),
        ("यह हिन्दी है", "हिन्दी"),
        ("it's darn-good", "darn"),
    ],
)
def test_a_listed_word_is_found(text: str, entry: str):
    assert listed(text, [word(entry)])


@pytest.mark.parametrize(
    ("text", "entry"),
    [("darning socks", "darn"), ("a lot", "alot"), ("हिन्दी", "हिन्द"), ("", "darn"), ("so it", "so it goes")],
)
def test_a_part_of_another_word_is_not(text: str, entry: str):
    assert not listed(text, [word(entry)])


@given(st.text(alphabet="abc xyz", max_size=30), st.text(alphabet="abc", min_size=1, max_size=4))
def test_a_word_between_spaces_is_always_found(around: str, entry: str):
    assert listed(f"{around} {entry} {around}", [word(entry)])


def test_patterns_find_in_any_case():
    assert listed("What a D4RN mess", [pattern(r"\bd[a4]rn\b")])
    assert not listed("darning", [pattern(r"\bd[a4]rn\b")])


@pytest.mark.parametrize("blows_up", ["(a+)+$", "(a|aa)+$", "(.*a){12}", "(a*)*b"])
def test_a_pattern_that_blows_up_elsewhere_takes_no_time_here(blows_up: str):
    """Elsewhere this would not end."""
    listed("a" * 100_000 + "!", [Entry(blows_up, WordKind.PATTERN)])


@pytest.mark.parametrize("bad", ["(", "(?=x)y", r"(\w)\1", "a{1001}", "((a{99}){99}){99}", "a*", ""])
def test_a_pattern_that_cannot_be_run_safely_or_finds_everything_is_refused(bad: str):
    with pytest.raises(BadPattern):
        pattern(bad)


def test_an_empty_list_lets_everything_stand():
    assert not listed("darn", [])


@given(st.text(max_size=40))
def test_what_is_settled_stays_as_the_text_grows(text: str):
    assert text.startswith(settled(text))
    assert settled(f"{text} ") == f"{text} "
