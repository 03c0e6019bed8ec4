import numpy as np
import pytest

from model_server.engine.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary(chat):
    return Vocabulary(chat.plain, frozenset({2}))


def test_tokens_that_hold_a_string_are_found_whatever_their_case(vocabulary):
    found = {
        vocabulary.spelled(int(token)).decode(errors="replace") for token in vocabulary.holding(("Lighth",))
    }
    assert " lighthouse" in found
    assert all("lighth" in text.lower() for text in found)


def test_a_breaker_is_any_token_with_one_in_it(vocabulary):
    breaks = vocabulary.breaking(("\n", '"'))
    assert breaks.shape == (vocabulary.size,)
    [newline] = vocabulary.tokenizer.encode("\n").ids
    assert breaks[newline] and not breaks[vocabulary.tokenizer.encode("sea").ids].any()
    assert np.flatnonzero(breaks).tolist() == vocabulary.holding(("\n", '"')).tolist()


@pytest.mark.parametrize("text", ["naïve 🙂 日本語", "  two  spaces\n"])
def test_tokens_spell_the_text_byte_by_byte(vocabulary, text):
    assert b"".join(map(vocabulary.spelled, vocabulary.tokenizer.encode(text).ids)).decode() == text


def test_a_place_that_only_the_model_has_says_nothing(vocabulary):
    assert vocabulary.spelled(vocabulary.size) == b""
