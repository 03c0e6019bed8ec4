"""Samplers, forms of the answer and logprobs, over HTTP by the official client."""

import json
import math
import re

import openai
import pytest

QUESTION = [{"role": "user", "content": "Tell me about the sea."}]
GIVEN = {
    "temperature": 0.8, "top_k": 50, "top_p": 0.95, "min_p": 0.02, "typical_p": 0.95, "repetition_penalty": 1.1,
    "presence_penalty": 0.1, "frequency_penalty": 0.1, "dry_multiplier": 0.8, "dry_base": 1.75,
    "dry_allowed_length": 2, "dry_sequence_breakers": ["\n", "."], "xtc_threshold": 0.1, "xtc_probability": 0.5,
    "logit_bias": {"100": -100, "200": 1.5}, "banned_strings": ["once upon"], "min_tokens": 2, "ignore_eos": True,
}  # fmt: skip


def ask(client, server, **fields):
    extra = {
        name: fields.pop(name)
        for name in list(fields)
        if name
        not in ("max_tokens", "n", "stream", "stop", "seed", "logprobs", "top_logprobs", "response_format")
    }
    return client.chat.completions.create(
        model=server.model, messages=QUESTION, extra_body=extra, **{"seed": 1, "max_tokens": 8, **fields}
    )


def text_of(answer):
    return answer.choices[0].message.content


def test_all_samplers_together_write_and_the_seed_brings_the_same_again(client, server):
    first, second = (ask(client, server, **GIVEN) for _ in range(2))
    assert first.usage.completion_tokens == 8
    assert text_of(first) == text_of(second)


def test_a_bias_forces_and_forbids(client, server):
    [token] = server.post("/tokenize", prompt=" lighthouse").json()["tokens"][-1:]
    assert (
        len(set(re.findall(r"\w+", text_of(ask(client, server, logit_bias={token: 100}, max_tokens=4))))) == 1
    )
    free = text_of(ask(client, server, temperature=0))
    first = server.post("/tokenize", prompt=free).json()["tokens"][0]
    assert text_of(ask(client, server, temperature=0, logit_bias={first: -100})) != free


def test_a_banned_string_does_not_come_whatever_its_case_and_no_piece_of_it_is_streamed(client, server):
    free = text_of(ask(client, server, temperature=0, max_tokens=12))
    banned = [free[4:12].upper(), free[12:17]]
    for stream in (False, True):
        answer = ask(client, server, temperature=0, max_tokens=12, banned_strings=banned, stream=stream)
        text = (
            "".join(chunk.choices[0].delta.content or "" for chunk in answer) if stream else text_of(answer)
        )
        assert text and not any(string.lower() in text.lower() for string in banned)
        assert text.startswith(free[:2])


def test_candidates_begin_differently(client, server):
    answer = ask(client, server, n=6, temperature=0.3, max_tokens=3, logprobs=True)
    assert len({choice.logprobs.content[0].token for choice in answer.choices}) == 6
    alike = ask(client, server, n=6, temperature=0.1, max_tokens=3, logprobs=True, distinct_candidates=False)
    assert len({choice.logprobs.content[0].token for choice in alike.choices}) < 6


def test_logprobs_are_the_model_s_own_and_a_stream_tells_the_same(client, server):
    whole = ask(client, server, logprobs=True, top_logprobs=3, temperature=0.5)
    content = whole.choices[0].logprobs.content
    assert b"".join(bytes(one.bytes) for one in content).decode() == text_of(whole)
    assert all(
        len(one.top_logprobs) == 3 and sum(math.exp(o.logprob) for o in one.top_logprobs) <= 1
        for one in content
    )
    assert all(one.logprob <= one.top_logprobs[0].logprob for one in content)
    chunks = list(
        ask(client, server, logprobs=True, top_logprobs=3, temperature=0.5, stream=True, stop=["never said"])
    )
    streamed = [
        one for chunk in chunks if chunk.choices[0].logprobs for one in chunk.choices[0].logprobs.content
    ]
    assert [one.token for one in streamed] == [one.token for one in content]
    assert [one.logprob for one in streamed] == pytest.approx([one.logprob for one in content], abs=1e-3)


def test_completions_give_logprobs_as_lists(client, server):
    asked = {"model": server.model, "prompt": "The sea", "max_tokens": 6, "seed": 1, "logprobs": 2}
    choice = client.completions.create(**asked).choices[0]
    assert "".join(choice.logprobs.tokens) == choice.text
    assert [
        choice.text[at:].startswith(token)
        for at, token in zip(choice.logprobs.text_offset, choice.logprobs.tokens, strict=True)
    ] == [True] * 6
    assert all(len(top) == 2 for top in choice.logprobs.top_logprobs)
    chunks = [chunk.choices[0].logprobs for chunk in client.completions.create(**asked, stream=True)]
    assert [at for told in chunks if told for at in told.text_offset] == choice.logprobs.text_offset


def test_an_answer_of_a_schema_is_one(client, server):
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "maxLength": 6},
            "acts": {"type": "integer", "maximum": 9},
        },
        "required": ["title", "acts"],
        "additionalProperties": False,
    }
    wrapped = {"type": "json_schema", "json_schema": {"name": "plot", "schema": schema, "strict": True}}
    for asked in (
        {"response_format": wrapped},
        {"guided_json": schema},
        {"structured_outputs": {"json": schema}},
    ):
        answer = ask(client, server, max_tokens=60, **asked)
        assert answer.choices[0].finish_reason == "stop"
        assert set(json.loads(text_of(answer))) == {"title", "acts"}
    assert ask(client, server, max_tokens=2, response_format={"type": "text"}).choices


@pytest.mark.parametrize(
    ("asked", "pattern"),
    [
        ({"guided_regex": "(yes|no)[.!]"}, "(yes|no)[.!]"),
        ({"structured_outputs": {"regex": "[0-9]{3}"}}, "[0-9]{3}"),
        ({"guided_choice": ["a+b (c)", "d & e"]}, r"a\+b \(c\)|d & e"),
        ({"structured_outputs": {"choice": ["north", "south"]}}, "north|south"),
        ({"guided_grammar": 'start: "to " WORD\nWORD: "be" | "sleep"'}, "to (be|sleep)"),
        ({"structured_outputs": {"json_object": True}, "max_tokens": 20, "seed": 4}, r"\{.*\}?"),
    ],
)
def test_an_answer_follows_what_was_asked_for(client, server, asked, pattern):
    assert re.fullmatch(pattern, text_of(ask(client, server, **asked)), re.DOTALL)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"top_k": -2}, "top_k"),
        ({"top_k": 1.5}, "top_k"),
        ({"typical_p": 0}, "typical_p"),
        ({"xtc_threshold": 0.6}, "xtc_threshold"),
        ({"xtc_probability": 2}, "xtc_probability"),
        ({"dry_multiplier": -1}, "dry_multiplier"),
        ({"dry_base": 0.5}, "dry_base"),
        ({"dry_allowed_length": 0}, "dry_allowed_length"),
        ({"dry_sequence_breakers": [""]}, "dry_sequence_breakers"),
        ({"logit_bias": {"49152": 1}}, "logit_bias"),
        ({"logit_bias": {"-1": 1}}, "logit_bias"),
        ({"logit_bias": {"x": 1}}, "logit_bias"),
        ({"logit_bias": {"1": 101}}, "logit_bias"),
        ({"logit_bias": {str(token): 1 for token in range(1025)}}, "logit_bias"),
        ({"banned_strings": [""]}, "banned_strings"),
        ({"banned_strings": ["x"] * 65}, "banned_strings"),
        ({"min_tokens": -1}, "min_tokens"),
        ({"min_tokens": 9}, "min_tokens"),
        ({"ignore_eos": "yes"}, "ignore_eos"),
        ({"n": 2, "temperature": 0}, "n"),
        ({"logprobs": 3}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
        ({"guided_regex": "[a-z"}, "guided_regex"),
        ({"guided_regex": "(.{0,1000}){0,1000}x"}, "guided_regex"),
        ({"guided_regex": "a" * 5000}, "guided_regex"),
        ({"guided_regex": "a", "guided_grammar": 'start: "a"'}, "guided_grammar"),
        ({"guided_regex": "a", "ignore_eos": True}, "ignore_eos"),
        ({"guided_regex": "aa", "banned_strings": ["a"]}, "banned_strings"),
        ({"guided_choice": []}, "guided_choice"),
        ({"guided_json": "{"}, "guided_json"),
        ({"guided_json": {"type": "wizard"}}, "guided_json"),
        ({"guided_grammar": "start: nowhere"}, "guided_grammar"),
        ({"structured_outputs": {"regex": "a", "grammar": 'start: "a"'}}, "structured_outputs.grammar"),
        ({"structured_outputs": {"structural_tag": "{}"}}, "structured_outputs.structural_tag"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}, "response_format.json_schema.schema"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_out_of_bounds_malformed_or_contradictory_is_named(client, server, fields, param):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, server, **fields)
    assert refused.value.param.startswith(param)
    assert len(refused.value.message) < 500
