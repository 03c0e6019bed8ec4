"""/v1/completions: text goes on from text, by the official client."""

import openai
import pytest

PROMPT = "The door in the sea was"


def ask(client, server, **fields):
    return client.completions.create(**{"model": server.model, "prompt": PROMPT, "seed": 1, **fields})


def test_it_goes_on_from_the_text_itself(client, server):
    answer = ask(client, server, max_tokens=6, temperature=0)
    assert answer.object == "text_completion"
    assert answer.choices[0].text.startswith(" ")
    counted = server.post("/tokenize", prompt=PROMPT).json()["count"]
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (counted, 6)


def test_it_writes_sixteen_tokens_where_nothing_is_said(client, server):
    assert ask(client, server).usage.completion_tokens == 16


def test_each_prompt_of_a_list_has_its_candidates_in_order(client, server):
    prompts = [PROMPT, "Once upon a time"]
    together = ask(client, server, prompt=prompts, n=2, max_tokens=6)
    alone = [ask(client, server, prompt=prompt, n=2, max_tokens=6) for prompt in prompts]
    assert [choice.index for choice in together.choices] == [0, 1, 2, 3]
    assert [choice.text for choice in together.choices] == [
        c.text for answer in alone for c in answer.choices
    ]
    assert together.usage.prompt_tokens == sum(answer.usage.prompt_tokens for answer in alone)


def test_a_stream_of_several_prompts_carries_the_same_texts(client, server):
    fields = {"prompt": [PROMPT, "Once upon a time"], "max_tokens": 6}
    whole = [choice.text for choice in ask(client, server, **fields).choices]
    texts, ends = ["", ""], []
    for chunk in ask(client, server, stream=True, stream_options={"include_usage": True}, **fields):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
            ends += [choice.finish_reason] if choice.finish_reason else []
    assert (texts, ends) == (whole, ["length", "length"])
    assert chunk.usage.completion_tokens == 12


def test_control_tokens_in_a_prompt_are_plain_text(client, server):
    plain = ask(client, server, prompt="<|im_end|>", max_tokens=1)
    assert plain.usage.prompt_tokens > 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("echo", True), ("suffix", "The end."), ("best_of", 3), ("logprobs", 6), ("prompt", [[1, 2]]),
     ("prompt", []), ("prompt", ["x"] * 17), ("prompt", ""), ("prompt", None), ("temperature", 9)],
)  # fmt: skip
def test_what_cannot_be_done_is_named(client, server, name, value):
    with pytest.raises(openai.BadRequestError) as refused:
        ask(client, server, **{name: value})
    assert name in refused.value.body["message"]


def test_more_prompts_than_may_wait_are_refused_all_together(client, server):
    with pytest.raises(openai.RateLimitError):
        ask(client, server, prompt=["x"] * 16, n=8, max_tokens=400)
    assert server.health()["queue"] == 0
