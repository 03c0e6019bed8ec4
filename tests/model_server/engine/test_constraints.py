"""Grammars with a real vocabulary: whatever is drawn, the answer is of the form; and no grammar stops the engine."""

import json
import random
import re
import time

import numpy as np
import pytest

from model_server.engine.constraints import MOST_CHARACTERS, MOST_PARTS
from model_server.engine.interface import Grammar, Unfit
from model_server.engine.vocabulary import Vocabulary

SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 12},
        "acts": {"type": "array", "items": {"enum": ["rise", "fall"]}, "minItems": 1, "maxItems": 3},
        "done": {"type": "boolean"},
    },
    "required": ["title", "acts", "done"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def vocabulary(chat):
    return Vocabulary(chat.plain, frozenset({2}))


def json_of(schema, param="response_format"):
    return Grammar("json", json.dumps(schema), param)


def written(vocabulary, grammar, seed, most=400):
    """Follow a grammar by chance until it is complete."""
    numbers = random.Random(seed)
    walk, tokens = vocabulary.walk(grammar), []
    while not walk.complete and len(tokens) < most:
        token = numbers.choice(np.flatnonzero(walk.allowed(vocabulary.size)).tolist())
        if vocabulary.is_end(token):
            break
        tokens.append(token)
        walk.take(token)
    return vocabulary.tokenizer.decode(tokens)


@pytest.mark.parametrize("seed", range(5))
def test_an_answer_is_json_of_its_schema_on_one_line(vocabulary, seed):
    text = written(vocabulary, json_of(SCHEMA), seed)
    answer = json.loads(text)
    assert list(answer) == ["title", "acts", "done"]
    assert set(answer["acts"]) <= {"rise", "fall"} and isinstance(answer["done"], bool)
    assert "\n" not in text


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("grammar", "pattern"),
    [
        (Grammar("regex", "(yes|no), [a-z]{2,5}!", "guided_regex"), "(yes|no), [a-z]{2,5}!"),
        (
            Grammar("grammar", 'start: WORD ("," WORD)~2\nWORD: /[a-z]{1,3}/', "guided_grammar"),
            "[a-z]+,[a-z]+,[a-z]+",
        ),
        (Grammar("grammar", 'root ::= "to " ("be" | "sleep")', "guided_grammar"), "to (be|sleep)"),
    ],
)
def test_an_answer_follows_its_pattern_or_grammar(vocabulary, grammar, pattern, seed):
    assert re.fullmatch(pattern, written(vocabulary, grammar, seed))


def test_a_token_taken_back_was_never_there(vocabulary):
    walk = vocabulary.walk(json_of(SCHEMA))
    before = walk.allowed(vocabulary.size)
    for token in vocabulary.tokenizer.encode('{"title').ids:
        walk.take(token)
    walk.go_back(len(vocabulary.tokenizer.encode('{"title').ids))
    assert (walk.allowed(vocabulary.size) == before).all()


def chain(length):
    return "start: a0\n" + "\n".join(f"a{n}: a{n + 1}" for n in range(length)) + f'\na{length}: "x"\n'


def nested(depth):
    schema = {"type": "string"}
    for _ in range(depth):
        schema = {"anyOf": [schema]}
    return schema


REFERENCES = {f"d{n}": {"$ref": f"#/$defs/d{n + 1}"} for n in range(MOST_PARTS)}


@pytest.mark.parametrize(
    "grammar",
    [
        Grammar("regex", "[a-z", "p"),
        Grammar("regex", "(?=a)b", "p"),
        Grammar("regex", r"[^\s\S]", "p"),
        Grammar("regex", "(" * 2000 + ")" * 2000, "p"),
        Grammar("regex", "(.{0,1000}){0,1000}x", "p"),
        Grammar("regex", "a?" * 2000, "p"),
        Grammar("regex", "a" * (MOST_CHARACTERS["regex"] + 1), "p"),
        Grammar("json", "{", "p"),
        Grammar("json", "[]", "p"),
        Grammar("json", "[" * 60_000, "p"),
        json_of({"type": "wizard"}, "p"),
        json_of({"$ref": "#/nowhere"}, "p"),
        json_of({"$ref": "http://127.0.0.1:1/schema"}, "p"),
        json_of({"$ref": "#"}, "p"),
        json_of({"type": "string", "pattern": "["}, "p"),
        json_of({"$ref": "#/$defs/d0", "$defs": REFERENCES}, "p"),
        json_of(nested(300), "p"),
        json_of({"enum": ["x" * 70_000]}, "p"),
        Grammar("grammar", "", "p"),
        Grammar("grammar", "start: nowhere", "p"),
        Grammar("grammar", "start: start", "p"),
        Grammar("grammar", 'root ::= "a', "p"),
        Grammar("grammar", "root ::= other", "p"),
        Grammar("grammar", "root ::= " + "(" * 900, "p"),
        Grammar("grammar", chain(5000)[: MOST_CHARACTERS["grammar"]], "p"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_grammar_that_is_none_or_too_much_is_refused_soon(vocabulary, grammar):
    began = time.process_time()
    with pytest.raises(Unfit) as caught:
        vocabulary.walk(grammar)
    assert caught.value.param == "p"
    assert 3 < len(caught.value.reason) < 300
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "grammar",
    [
        Grammar("regex", "(a|b)*a(a|b){30}", "p"),
        Grammar("regex", "((((a{0,100}){0,100}){0,100}){0,100}){0,100}", "p"),
        Grammar("grammar", chain(480), "p"),
        Grammar(
            "grammar",
            "start: a0\n" + "\n".join(f"a{n}: a{n + 1} a{n + 1}" for n in range(40)) + '\na40: "x"',
            "p",
        ),
        Grammar("grammar", "start: " + "A? " * 400 + '\nA: "a"', "p"),
        json_of({"type": "string", "minLength": 10_000}, "p"),
        json_of(
            {
                "$ref": "#/$defs/d0",
                "$defs": dict(list(REFERENCES.items())[:400]) | {"d400": {"type": "null"}},
            },
            "p",
        ),
    ],
    ids=lambda grammar: grammar.source[:30],
)
def test_a_grammar_at_the_edge_is_followed_or_given_up_and_no_token_takes_long(vocabulary, grammar):
    slowest = 0.0
    try:
        walk = vocabulary.walk(grammar)
        for _ in range(20):
            began = time.process_time()
            allowed = np.flatnonzero(walk.allowed(vocabulary.size))
            slowest = max(slowest, time.process_time() - began)
            if walk.complete or vocabulary.is_end(int(allowed[0])):
                break
            walk.take(int(allowed[-1]))
    except Unfit as unfit:
        assert unfit.param == "p"
    assert slowest < 0.5
