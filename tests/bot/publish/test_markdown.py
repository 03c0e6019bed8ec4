"""A story as a file for readers."""

from dataclasses import replace

import pytest
from support.samples import HOW, a_passage, a_session

from bot.publish.markdown import escape, markdown
from bot.story.manuscript import (
    Origin,
)
from bot.workshop.library import History


def history(*passages: tuple[Origin, str], title: str = "The Door") -> History:
    told = [a_passage(text, number, origin=origin) for number, (origin, text) in enumerate(passages, start=1)]
    return History(a_session(title=title), tuple(told))


def test_the_file_holds_title_premise_prose_and_credits() -> None:
    export = markdown(history((Origin.HUMAN, "The door was green."), (Origin.MODEL, "It opened.")))
    assert export.text == (
        "# The Door\n\n> A keeper finds a door.\n\nThe door was green.\n\nIt opened.\n\n---\n\n"
        "**Credits** (begun by Ann on 2026-01-01)\n\n"
        "- Ann: 1 passage, 4 words\n- SmolLM2 (language model): 1 passage, 2 words\n"
    )


def test_the_credits_tell_the_adapters_apart() -> None:
    texts = (("It rained.", ""), ("It poured down.", "rain"), ("It hailed.", "rain"))
    told = [
        a_passage(text, number, origin=Origin.MODEL, how=replace(HOW, adapter=adapter))
        for number, (text, adapter) in enumerate(texts, start=1)
    ]
    credits = markdown(History(a_session(), tuple(told))).text.splitlines()[-2:]
    assert credits == [
        "- SmolLM2 with adapter rain (language model): 2 passages, 5 words",
        "- SmolLM2 (language model): 1 passage, 2 words",
    ]


def test_a_poem_keeps_its_lines_and_stanzas() -> None:
    poem = History(a_session(form="sonnet"), (a_passage("the tide\nis out\n\nand so\nam I", 1),))
    assert "the tide  \nis out\n\nand so  \nam I\n" in markdown(poem).text


def test_an_empty_story_says_so() -> None:
    assert "Nothing is written yet" in markdown(history()).text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# not a heading", r"\# not a heading"),
        ("> not a quote", r"\> not a quote"),
        ("1. not a list", r"\1. not a list"),
        ("---", r"\---"),
        ("[a](http://b)", r"\[a\](http://b)"),
        ("<script>", r"\<script>"),
        ("*meant* and _meant_", "*meant* and _meant_"),
    ],
)
def test_text_is_shown_as_it_was_written(written: str, shown: str) -> None:
    assert escape(written) == shown


@pytest.mark.parametrize(
    ("title", "filename"),
    [("The Door", "the-door.md"), ("../../etc/passwd", "etc-passwd.md"), ("门", "门.md"), ("…", "story.md")],
)
def test_the_files_name_is_made_of_the_title_and_stays_in_its_folder(title: str, filename: str) -> None:
    assert markdown(history(title=title)).filename == filename
