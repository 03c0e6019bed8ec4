import pytest

from bot.terminal.completion import source_at, suggest

LISTS = {"preset": ["noir", "gothic"], "adapter": ["none", "Noir-7"], "topic": ["continue", "story start"]}


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
        ("/preset edit name: rainy adapter: no", ["none", "Noir-7"]),
        ("/export ", ["markdown", "format: "]),
        ("/help cont", ["continue"]),
        ("/undo ", []),
    ],
)
def test_what_can_come_next(typed: str, texts: list[str]):
    assert [suggestion.text for suggestion in suggest(typed, LISTS)] == texts


@pytest.mark.parametrize(
    ("typed", "source"),
    [
        ("The door", None),
        ("/preset ed", None),
        ("/preset edit ", "preset"),
        ("/preset edit name: rainy adapter: n", "adapter"),
        ("/preset edit name: rainy adapter: noir ", None),
        ("@ann /help con", "topic"),
    ],
)
def test_a_list_is_wanted_only_where_its_values_can_come_next(typed: str, source: str | None):
    assert source_at(typed) == source


def test_a_suggestion_replaces_what_was_typed_of_it():
    [suggestion] = suggest("/story start preset: g", LISTS)
    assert suggestion.typed == 1
