"""Turns of one text go to one replica, those of different texts spread."""

import json

from hypothesis import given
from hypothesis import strategies as st

from model_server.affinity import OPENING, affinity

SYSTEM = {"role": "system", "content": "You write with others."}


def chat(text, **fields):
    return affinity(json.dumps({"messages": [SYSTEM, {"role": "user", "content": text}], **fields}).encode())


def test_a_story_keeps_its_name_while_it_grows():
    first = chat("The story is called “The Door”.\n\nBegin it.")
    assert (
        first == chat("The story is called “The Door”.\n\nThe story so far:\n\nA key turned.\n\nGo on.") != ""
    )


def test_stories_under_the_same_instructions_have_names_of_their_own():
    assert chat("The story is called “The Door”.") != chat("The story is called “The Sea”.")


def test_tenants_and_models_have_names_of_their_own():
    assert len({chat("Once."), chat("Once.", cache_salt="guild"), chat("Once.", model="base:noir")}) == 3


def test_plain_prompts_and_parts_of_content_are_read_too():
    named = [
        affinity(json.dumps(body).encode())
        for body in (
            {"prompt": "Once."},
            {"prompt": ["Once.", "Twice."]},
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Once."}]}]},
            {"messages": [{"role": "system", "content": "Once."}]},
        )
    ]
    assert len(set(named)) == 1
    assert named[0]


@given(st.text(min_size=OPENING, max_size=2 * OPENING), st.text())
def test_what_comes_after_a_long_opening_changes_nothing(opening, more):
    assert chat(opening) == chat(opening + more)


@given(
    st.binary()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["messages", "prompt", "content", "role", "text"]), inner)
        ),
    ).map(lambda body: json.dumps(body).encode())
)
def test_whatever_is_sent_has_a_name_or_none(body):
    assert isinstance(affinity(body), str)
