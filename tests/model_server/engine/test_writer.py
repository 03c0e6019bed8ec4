"""One candidate's text from random logits over a small vocabulary, in which strings begin in the middle of tokens."""

import random
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models

from model_server.engine.interface import (
    Finished,
    GenerationFailed,
    GenerationRequest,
    Grammar,
    Sampling,
    Unfit,
)
from model_server.engine.sampling.choosing import choose
from model_server.engine.vocabulary import Vocabulary
from model_server.engine.writer import RETURNS, Writer

PIECES = ("a", "b", "c", "A", "B", "C", "ab", "ca", "bC", "Abc", "cab", "aaa", "Ã", "©", ".")
"""Two of them are the halves of an é."""
END = len(PIECES)
PROMPT = (0, 1)
thrifty = settings(deadline=None, max_examples=80)
seeds = st.integers(-(2**63), 2**63 - 1)


@pytest.fixture(scope="module")
def vocabulary():
    tokenizer = Tokenizer(models.BPE(vocab={piece: number for number, piece in enumerate(PIECES)}, merges=[]))
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<end>"])
    return Vocabulary(tokenizer, frozenset({END}))


def write(vocabulary, flatness=1.0, **asked):
    """Write to the end; give text, end, and the writer. What the model would say depends on seed and text alone."""
    request = GenerationRequest(PROMPT, **{"max_tokens": 12, "seed": 1, **asked})
    writer = Writer(request, 0, vocabulary)
    text, draws = "", 0
    while True:
        generator = torch.Generator().manual_seed(hash((request.seed, *writer.written)) % 2**63)
        logits = torch.randn(len(PIECES) + 1, generator=generator) / flatness
        logits = logits if writer.again is None else writer.again
        [token] = choose(logits.clone()[None], [writer.ask(logits)])
        draws += 1
        assert draws <= request.max_tokens + (RETURNS + request.max_tokens) * 8
        for event in writer.take(token):
            if isinstance(event, Finished):
                return text, event, writer
            text += event.text


def test_a_text_is_what_its_tokens_say(vocabulary):
    text, end, writer = write(vocabulary)
    told = [token for token in writer.written if token != END]
    assert text == vocabulary.tokenizer.decode(told)
    assert end.tokens == len(writer.written)


@thrifty
@given(
    seeds,
    st.lists(st.text("abcABC.é", min_size=1, max_size=4), min_size=1, max_size=4),
    st.sampled_from([0.2, 1, 5]),
)
def test_what_is_banned_never_stands_in_the_text_and_every_text_ends(vocabulary, seed, banned, flatness):
    text, _, _ = write(vocabulary, flatness, seed=seed, banned=tuple(banned))
    assert not any(string.lower() in text.lower() for string in banned)


@thrifty
@given(seeds, st.text("abc", min_size=2, max_size=3), st.text("abc", min_size=1, max_size=3))
def test_stop_strings_and_banned_ones_do_not_get_in_each_other_s_way(vocabulary, seed, banned, stop):
    text, end, _ = write(vocabulary, seed=seed, banned=(banned,), stop=(stop,), ignore_eos=True)
    assert banned not in text.lower() and stop not in text
    assert end.reason in ("stop", "length")


@thrifty
@given(seeds)
def test_a_ban_that_nothing_offends_changes_nothing(vocabulary, seed):
    free, _, writer = write(vocabulary, seed=seed)
    banned, _, other = write(vocabulary, seed=seed, banned=("zebra", "cabbage"))
    assert (free, writer.written) == (banned, other.written)


def test_going_back_counts_nothing_twice(vocabulary):
    sampling = Sampling(
        repetition_penalty=1.2, frequency_penalty=0.5, dry_multiplier=0.5, dry_sequence_breakers=(".",)
    )
    text, _, writer = write(
        vocabulary,
        seed=3,
        banned=("bc", "ca", ".."),
        max_tokens=60,
        sampling=sampling,
        ignore_eos=True,
        logprobs=0,
    )
    assert len(text) > 20
    assert {token: int(writer._seen._counts[slot]) for token, slot in writer._seen._slots.items()} == {
        token: writer.written.count(token) for token in {*PROMPT, *writer.written}
    }


def test_where_everything_is_banned_the_text_is_empty(vocabulary):
    text, end, _ = write(vocabulary, banned=("a", "b", "c", "é", ".", "Ã"), ignore_eos=True)
    assert (text, end.reason) == ("", "stop") or not re.search("[abcé.]", text)


def test_broken_numbers_are_an_error(vocabulary):
    writer = Writer(GenerationRequest(PROMPT, 3, seed=1), 0, vocabulary)
    logits = torch.full((END + 1,), torch.nan)
    [token] = choose(logits[None].clone(), [writer.ask(logits)])
    with pytest.raises(GenerationFailed):
        list(writer.take(token))


@thrifty
@given(seeds, st.integers(0, 12))
def test_no_answer_ends_before_its_least_length(vocabulary, seed, least):
    _, end, writer = write(vocabulary, seed=seed, min_tokens=least)
    assert end.tokens >= least
    assert END not in writer.written[:-1]


@thrifty
@given(seeds)
def test_an_end_that_is_ignored_never_comes(vocabulary, seed):
    _, end, writer = write(vocabulary, seed=seed, ignore_eos=True)
    assert (end.reason, end.tokens) == ("length", 12)
    assert END not in writer.written


@thrifty
@given(seeds, st.booleans())
def test_each_token_of_the_text_is_told_once_with_its_logprob(vocabulary, seed, banned):
    request = {"seed": seed, "logprobs": 3, "banned": ("ab", "caa") if banned else ()}
    writer = Writer(GenerationRequest(PROMPT, 12, **request), 0, vocabulary)
    generator = random.Random(seed)
    told, text, events = [], "", []
    while not any(isinstance(event, Finished) for event in events):
        logits = (
            torch.tensor([generator.gauss() for _ in range(END + 1)])
            if writer.again is None
            else writer.again
        )
        [token] = choose(logits[None].clone(), [writer.ask(logits)])
        events = list(writer.take(token))
        for event in events[: len(events) - any(isinstance(event, Finished) for event in events)]:
            told += event.scored
            text += event.text
    assert [one.raw for one in told] == [
        vocabulary.spelled(token) for token in writer.written if token != END
    ]
    for one in told:
        assert one.logprob <= one.top[0].logprob <= 0
        assert [other.logprob for other in one.top] == sorted(
            (other.logprob for other in one.top), reverse=True
        )
        assert len(one.top) == 3


@thrifty
@given(seeds, st.sampled_from(["(ab|ca){2,3}", "[abc]+\\.", "a{4,9}"]))
def test_a_finished_answer_matches_its_pattern(vocabulary, seed, pattern):
    text, end, _ = write(
        vocabulary, seed=seed, grammar=Grammar("regex", pattern, "guided_regex"), max_tokens=30
    )
    assert end.reason == "length" or re.fullmatch(pattern, text)


@thrifty
@given(seeds)
def test_a_pattern_and_a_ban_hold_together(vocabulary, seed):
    grammar = Grammar("regex", "[abc]{6}", "guided_regex")
    try:
        text, _, _ = write(vocabulary, seed=seed, grammar=grammar, banned=("ab", "ca", "aa"))
    except Unfit as unfit:
        assert unfit.param == "banned_strings"
        return
    assert re.fullmatch("[abc]{6}", text) and not re.search("ab|ca|aa", text)


def test_a_ban_of_all_that_a_pattern_allows_is_named(vocabulary):
    with pytest.raises(Unfit) as caught:
        write(vocabulary, grammar=Grammar("regex", "a{3}", "guided_regex"), banned=("a",))
    assert caught.value.param == "banned_strings"
