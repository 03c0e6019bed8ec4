from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.prefixes import BLOCK, Prefixes

SLOTS = 6
blocks = st.lists(st.sampled_from("abc"), max_size=8)
texts = st.tuples(blocks, st.sampled_from(["", "salt"]))


def tokens(blocks):
    """Write each letter as a block of tokens."""
    return [ord(letter) for letter in blocks for _ in range(BLOCK)]


def keep(prefixes, held, letters, salt):
    """Claim slots for a text, and note in `held` which beginning each of them stands for."""
    claimed = prefixes.claim(tokens(letters), salt)
    for number, slot in claimed.items():
        held[slot] = (salt, letters[: number + 1])
    return claimed


@given(st.lists(texts, max_size=12), texts)
def test_a_match_is_a_beginning_of_the_same_text_whatever_came_and_went(kept, asked):
    prefixes, held = Prefixes(SLOTS), {}
    for letters, salt in kept:
        keep(prefixes, held, letters, salt)
    letters, salt = asked
    slots = prefixes.match(tokens(letters), salt)
    assert [held[slot] for slot in slots] == [(salt, letters[: size + 1]) for size in range(len(slots))]


@given(st.lists(texts, max_size=12), texts)
def test_what_was_just_kept_is_known_as_far_as_there_is_room(kept, last):
    prefixes, held = Prefixes(SLOTS), {}
    for letters, salt in (*kept, last):
        claimed = keep(prefixes, held, letters, salt)
        assert len(set(claimed.values())) == len(claimed)
        assert set(claimed.values()) <= set(range(SLOTS))
    assert len(prefixes.match(tokens(last[0]), last[1])) == min(len(last[0]), SLOTS)


def test_what_was_unused_for_longest_goes_first():
    prefixes = Prefixes(4)
    for letters in ("ab", "cd"):
        prefixes.claim(tokens(letters), "")
    prefixes.match(tokens("ab"), "")
    prefixes.claim(tokens("e"), "")
    assert [len(prefixes.match(tokens(letters), "")) for letters in ("ab", "cd", "e")] == [2, 1, 1]


def test_a_part_of_a_block_is_not_kept():
    prefixes = Prefixes(4)
    assert prefixes.claim(tokens("ab")[:-1], "") == {0: 3}
    assert prefixes.match(tokens("ab"), "") == [3]


def test_without_slots_nothing_is_kept():
    assert Prefixes(0).claim(tokens("ab"), "") == {}
    assert Prefixes(0).match(tokens("ab"), "") == []
