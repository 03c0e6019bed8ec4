import pytest

from bot.terminal.completion import suggest

LISTS = {"preset": ["noir", "gothic"], "topic": ["continue", "story start"]}


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("", []),
        ("The door", []),
        ("/st", ["/story start", "/status", "/stop"]),
        ("@ann /vo", ["/vote"]),
        ("/story start ", ["premise: ", "title: ", "preset: ", "ai: "]),
        ("/story start preset: ", ["noir", "gothic", "premise: ", "title: ", "ai: "]),
        ("/story start preset: g", ["gothic"]),
        ("/story start ai: s", ["suggestions"]),
        ("/continue he knocks le", ["length: "]),
        ("/export ", ["markdown", "format: "]),
        ("/help cont", ["continue"]),
        ("/undo ", []),
    ],
)
def test_what_can_come_next(typed: str, texts: list[str]):
    assert [suggestion.text for suggestion in suggest(typed, LISTS)] == texts


def test_a_suggestion_replaces_what_was_typed_of_it():
    [suggestion] = suggest("/story start preset: g", LISTS)
    assert suggestion.typed == 1
