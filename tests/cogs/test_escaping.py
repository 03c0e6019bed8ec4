import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.escaping import ZERO_WIDTH, clipped, folded, latest, pieces, plain, quoted, safe
from cogs.sheets import weight

MARKUP = st.text(alphabet="ab \n\\`*_~|[]()<>@#:-1.!", max_size=300)
PROSE = st.lists(st.text(alphabet="abcé🦭*`#<", min_size=1, max_size=12), min_size=1, max_size=400)


def as_seen(text: str) -> str:
    """What a reader sees: a backslash before a sign is not shown, neither is a zero-width space."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text.replace(ZERO_WIDTH, ""))


@pytest.mark.parametrize(
    "live",
    [
        "```py\ncode```",
        "# heading",
        "## heading",
        "- # heading in a list",
        "1. ### heading in a list",
        "-# small print",
        "> quote",
        ">>> quote to the end",
        "[words](https://example.org)",
        "<@1234>",
        "<@&1234>",
        "<#1234>",
        "</story start:1234>",
        "<:smile:1234>",
        "<a:smile:1234>",
        "<t:1700000000:R>",
        "<id:customize>",
        "@everyone",
        "@here",
    ],
)
def test_what_discord_would_act_on_is_broken_and_looks_the_same(live):
    shown = safe(f"Before.\n{live}")
    assert f"\n{live}" not in shown
    assert as_seen(shown) == f"Before.\n{live}"


@pytest.mark.parametrize(
    "kept", ["*soft*", "**loud**", "__under__", "~~gone~~", "- a list", "1. a list", "a < b > c"]
)
def test_simple_emphasis_and_lists_stay(kept):
    assert safe(kept) == kept


def test_a_writers_own_backslash_cannot_undo_the_escaping():
    assert safe("\\```") == "\\\\\\`\\`\\`"


@given(MARKUP)
def test_escaped_text_looks_as_it_was_written(text):
    assert as_seen(safe(text)) == text.replace(ZERO_WIDTH, "")


@given(MARKUP)
def test_no_code_link_or_ping_survives(text):
    shown = safe(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*`", shown)
    assert "](" not in shown
    assert not re.search(r"<[@#:]|@everyone|@here", shown)


def test_a_name_has_no_markup_and_one_line():
    assert plain("**Ann**\n`<@1>`") == f"\\*\\*Ann\\*\\* \\`\\<{ZERO_WIDTH}@1\\>\\`"


@given(PROSE, st.sampled_from([safe, quoted, folded]), st.integers(60, 300))
def test_cut_text_fits_and_loses_no_word(words, dress, limit):
    cut = pieces(" ".join(words), limit, dress)
    assert all(weight(piece) <= limit for piece in cut)
    seen = "".join(as_seen(piece) for piece in cut)
    kept = seen.replace("> ", "").replace("||", "") if dress is not safe else seen
    assert "".join(kept.split()) == "".join(words)


@pytest.mark.parametrize("dress", [safe, quoted, folded])
@pytest.mark.parametrize("word", ["word ", "a", "*_`", "🦭 "])
def test_no_piece_but_the_last_is_a_scrap(dress, word):
    *full, _ = pieces(word * 900, 500, dress)
    assert full
    assert all(weight(piece) > 400 for piece in full)


def test_blank_text_gives_no_piece():
    assert pieces(" \n ", 100) == []


@given(PROSE, st.integers(20, 200))
def test_the_beginning_and_the_end_fit(words, limit):
    text = " ".join(words)
    assert weight(clipped(text, limit)) <= limit
    assert weight(latest(text, limit)) <= limit


def test_a_cut_is_marked():
    assert clipped("one two three four", 12).endswith("…")
    assert latest("one two three four", 12).startswith("…")
    assert clipped("one", 12) == latest("one", 12) == "one"
