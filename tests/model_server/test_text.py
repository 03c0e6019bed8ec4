import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.text import StopMatcher, TextStream

letters = st.text("abc", max_size=40)
stops = st.lists(st.text("abc", min_size=1, max_size=4), max_size=4)


@given(st.lists(st.text("abc", max_size=5)), stops)
def test_the_text_ends_before_the_first_stop_string_however_it_is_cut_into_pieces(pieces, stops):
    matcher = StopMatcher(stops)
    shown = ""
    for piece in pieces:
        shown += matcher.push(piece)
        if matcher.stopped:
            break
    shown += matcher.finish()
    assert shown == _cut(pieces, stops)


def _cut(pieces, stops):
    """What a reader may see: piece by piece, the text up to the earliest stop string that is complete by then."""
    text = ""
    for piece in pieces:
        text += piece
        if places := [text.find(stop) for stop in stops if stop in text]:
            return text[: min(places)]
    return text


@given(letters, stops)
def test_nothing_is_shown_that_would_have_to_be_taken_back(text, stops):
    matcher = StopMatcher(stops)
    shown = ""
    for letter in text:
        shown += matcher.push(letter)
        assert _cut(text, stops).startswith(shown)


def test_a_stop_string_across_tokens_is_found():
    matcher = StopMatcher(["\n\nThe End"])
    assert [matcher.push(piece) for piece in ("door.", "\n", "\nThe", " End.")] == ["door.", "", "", ""]
    assert matcher.stopped


def test_what_only_looked_like_a_stop_string_is_shown_in_the_end():
    matcher = StopMatcher(["###"])
    assert matcher.push("a ##") == "a "
    assert matcher.finish() == "##"


@pytest.mark.parametrize("text", ["naïve 🙂 日本語", "🏳️‍🌈", "  two  spaces\n\n"])
def test_a_stream_gives_whole_characters_and_all_of_the_text(chat, text):
    stream = TextStream(chat.plain, chat.text("before"), [])
    pieces = [stream.push(token) for token in chat.text(text)]
    assert "".join(pieces) + stream.finish() == text
    assert not any("\ufffd" in piece for piece in pieces)


@given(tokens=st.lists(st.integers(17, 49151), max_size=30))
def test_any_tokens_at_all_make_a_text(chat, tokens):
    stream = TextStream(chat.plain, [], [])
    shown = "".join(stream.push(token) for token in tokens)
    assert chat.plain.decode(tokens).startswith(shown)
