"""An outline, read however it is decorated, and what is missing of it."""

import pytest

from bot.forms.outline import Outline, beat_of, beat_request, hopeless, read, title_of, title_request

LOGLINE = "Two rival bakers must share one oven for a week."
PLAIN = """Act 1: Cold Ovens
1. Ines finds her oven cracked on the eve of the fair.
2. Bruno offers his own for a price that shames her.
3. They draw a chalk line across the stone.

Act 2: Crossed Lines
1. Ines bakes by night and wakes his children.
2. Bruno steals her starter and it dies with him.
3. The chalk line is gone one morning and nobody did it.
"""
DECORATED = PLAIN.replace("Act 1: Cold Ovens", "## **Act I – “Cold Ovens”**").replace("1. ", "- **Beat 1:** ")


@pytest.mark.parametrize("text", [PLAIN, DECORATED, f"Here is the outline:\n\n{PLAIN}"])
def test_acts_titles_and_beats_are_read(text: str) -> None:
    outline = read(text, LOGLINE, 2)
    assert outline.complete
    assert [act.title for act in outline.acts] == ["Cold Ovens", "Crossed Lines"]
    beats = outline.beats()
    assert [(beat.position, beat.act) for beat in beats] == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]
    assert beats[3].text == "Ines bakes by night and wakes his children."


def test_surplus_acts_and_beats_are_left_out() -> None:
    outline = read(PLAIN + "4. And a fourth thing happens to both of them.\n", LOGLINE, 1)
    assert len(outline.acts) == 1
    assert len(outline.told) == 3


@pytest.mark.parametrize(
    "raw", ["", "Once upon a time.", "Act 1\nAct 1\nAct 1", "1. A beat without any act at all."]
)
def test_what_is_no_outline_is_incomplete(raw: str) -> None:
    assert not read(raw, LOGLINE, 2).complete


def test_after_a_gap_nothing_is_trusted() -> None:
    gap = PLAIN.replace("3. They draw a chalk line across the stone.\n", "")
    outline = read(gap, LOGLINE, 2).trusted()
    assert [len(act.beats) for act in outline.acts] == [2, 0]


def test_an_outline_grows_beat_by_beat_and_is_titled_act_by_act() -> None:
    outline = Outline.empty(LOGLINE, 1)
    for raw in (
        " The oven cracks at dawn. And then",
        " Bruno laughs at Ines.",
        " Ines buys chalk for a line.",
    ):
        assert outline.untitled is None
        outline = outline.with_beat(raw)
    assert outline.acts[0].beats[0] == "The oven cracks at dawn."
    assert outline.untitled == 0
    assert outline.with_title(" Cold Ovens”").complete


def test_the_next_beat_is_asked_for_below_those_that_are_there() -> None:
    outline = Outline.empty(LOGLINE, 1).with_beat("The oven cracks at dawn.")
    asked, lead = beat_request(outline)
    assert LOGLINE in asked
    assert lead == "1. The oven cracks at dawn.\n2."
    assert "The oven cracks at dawn." in title_request(outline, 0)[0]


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "short.",
        LOGLINE,
        "Two rival bakers must share the oven for a week...",
        "Act 2 begins with a quarrel.",
        "The story is about two bakers.",
        "It breaks off in the",
    ],
)
def test_talk_fragments_and_the_logline_are_no_beats(raw: str) -> None:
    assert beat_of(raw, Outline.empty(LOGLINE, 1)) == ""


@pytest.mark.parametrize(
    "raw",
    [
        "The second sentence begins with another period after the main action.",
        "These elements fit into a single paragraph with the appropriate markdown formatting.",
        "You could also explore how the couple would handle disagreements.",
        "Your description doesn't need to contain all the details.",
        "A scene** - two bakers meet at dawn.",
        "The first scene begins with the two bakers.",
        "Two bakers vs. one oven and a week of work.",
        "Bruno laughs.",
    ],
)
def test_talk_about_how_to_write_is_no_beat(raw: str) -> None:
    assert beat_of(raw, Outline.empty(LOGLINE, 1)) == ""


def test_a_story_about_writing_may_speak_of_it_and_so_may_people() -> None:
    told = "Ines finds the last chapter in a drawer."
    assert beat_of(told, Outline.empty("A writer loses the last chapter of her book.", 1)) == told
    spoken = "Bruno says “you owe me an oven” and leaves."
    assert beat_of(spoken, Outline.empty(LOGLINE, 1)) == spoken


def test_a_beat_loses_the_number_of_the_next() -> None:
    for joint in (" ", " - ", ": "):
        beat = beat_of(f"Bruno laughs at Ines{joint}2. She buys chalk.", Outline.empty(LOGLINE, 1))
        assert beat == "Bruno laughs at Ines."


def test_a_beat_loses_what_it_was_introduced_by() -> None:
    for before in ("The sixth part: The seventh part:", "What happens next -"):
        beat = beat_of(f" {before} Bruno laughs at Ines.", Outline.empty(LOGLINE, 1))
        assert beat == "Bruno laughs at Ines."


def test_no_beat_and_no_title_stands_twice() -> None:
    outline = read(PLAIN, LOGLINE, 2)
    assert beat_of("ines bakes by night, and wakes his children!", outline) == ""
    assert title_of("Cold ovens", outline) == ""


@pytest.mark.parametrize(
    "raw", ["123", "", "a title of so many words that nobody could ever keep it in mind"]
)
def test_what_is_no_title_is_refused(raw: str) -> None:
    assert title_of(raw, Outline.empty(LOGLINE, 1)) == ""


def test_unfit_words_take_their_beat_and_what_follows_it() -> None:
    outline = read(PLAIN, LOGLINE, 2).without(lambda text: "chalk" in text)
    assert [len(act.beats) for act in outline.acts] == [2, 0]


def test_an_answer_that_wanders_is_hopeless_early() -> None:
    assert hopeless("word " * 60)
    assert not hopeless(PLAIN)
