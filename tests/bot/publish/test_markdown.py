"""A story as a file for readers."""

from datetime import UTC, datetime

import pytest

from bot.publish.markdown import escape, markdown
from bot.story.manuscript import (
    AiMode,
    Origin,
    Passage,
    PassageId,
    Provenance,
    Session,
    SessionId,
    SessionState,
)
from bot.story.presets import BUILT_IN, Sampling
from bot.workshop.library import History

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def history(*passages: tuple[Origin, str], title: str = "The Door") -> History:
    session = Session(
        id=SessionId(1),
        guild="g",
        channel="c",
        thread="t",
        title=title,
        form="story",
        premise="A keeper finds a door.",
        preset=BUILT_IN[0],
        ai=AiMode.FULL,
        state=SessionState.WRITING,
        opener="ann",
        opener_name="Ann",
        head=None,
        created=NOW,
        touched=NOW,
    )
    how = Provenance("SmolLM2", "storyteller", 1, 7, Sampling(), "digest")
    return History(
        session,
        tuple(
            Passage(
                id=PassageId(number),
                session=session.id,
                parent=None,
                text=text,
                origin=origin,
                author="ann",
                author_name="Ann",
                written=NOW,
                how=how if origin is Origin.MODEL else None,
            )
            for number, (origin, text) in enumerate(passages, start=1)
        ),
    )


def test_the_file_holds_title_premise_prose_and_credits() -> None:
    export = markdown(history((Origin.HUMAN, "The door was green."), (Origin.MODEL, "It opened.")))
    assert export.text == (
        "# The Door\n\n> A keeper finds a door.\n\nThe door was green.\n\nIt opened.\n\n---\n\n"
        "**Credits** (begun by Ann on 2026-01-01)\n\n"
        "- Ann: 1 passage, 4 words\n- SmolLM2 (language model): 1 passage, 2 words\n"
    )


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
