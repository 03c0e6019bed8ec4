"""The official client, unmodified."""

import openai
import pytest

QUESTION = [{"role": "user", "content": "Tell me about the sea."}]


def ask(client, server, **fields):
    return client.chat.completions.create(
        **{"model": server.model, "messages": QUESTION, "seed": 1, **fields}
    )


def test_it_lists_the_model(client, server):
    assert [model.id for model in client.models.list()] == ["SmolLM2-135M-Instruct"]
    assert client.models.retrieve(server.model).id == server.model


def test_it_gets_a_whole_answer_with_usage(client, server):
    answer = ask(client, server, max_tokens=8)
    assert answer.choices[0].message.content.strip()
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 8
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 8


def test_a_stream_carries_the_same_text_in_pieces(client, server):
    whole = ask(client, server, max_tokens=8).choices[0].message.content
    chunks = list(ask(client, server, max_tokens=8, stream=True, stream_options={"include_usage": True}))
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole
    assert sum(map(bool, pieces)) > 3
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].usage.completion_tokens == 8


def test_three_candidates_differ_and_come_again_with_the_seed(client, server):
    first, second = (ask(client, server, n=3, max_tokens=8) for _ in range(2))
    texts = [choice.message.content for choice in first.choices]
    assert [choice.index for choice in first.choices] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert texts == [choice.message.content for choice in second.choices]
    assert first.usage.completion_tokens == 24


def test_a_growing_text_is_not_read_twice_unless_another_salt_says_so(client, server):
    story = "The keeper climbed the stairs and looked out over the water. " * 12
    grown = [[{"role": "user", "content": text}] for text in (story, story + "Then the door opened.")]
    salted = {"extra_body": {"cache_salt": "of the first house"}}

    def known(messages, **fields):
        usage = ask(client, server, messages=messages, max_tokens=1, **fields).usage
        return usage.prompt_tokens_details.cached_tokens / usage.prompt_tokens

    assert known(grown[0], **salted) == 0
    assert known(grown[1], **salted) > 0.6
    assert known(grown[1], extra_body={"cache_salt": "of the second"}) == 0


def test_without_a_seed_answers_differ(client, server):
    texts = {ask(client, server, seed=None, max_tokens=10).choices[0].message.content for _ in range(2)}
    assert len(texts) > 1


def test_a_stop_string_ends_the_text_before_it_wherever_tokens_begin(client, server):
    text = ask(client, server, max_tokens=16).choices[0].message.content
    stop = text[9:16]
    answer = ask(client, server, max_tokens=16, stop=[stop, "never said"])
    assert answer.choices[0].message.content == text[: text.index(stop)]
    assert answer.choices[0].finish_reason == "stop"


def test_it_goes_on_with_an_open_message(client, server):
    begun = [*QUESTION, {"role": "assistant", "content": "The sea is"}]
    going_on = {"continue_final_message": True, "add_generation_prompt": False}
    on = ask(client, server, messages=begun, max_tokens=6, extra_body=going_on)
    anew = ask(client, server, messages=begun, max_tokens=6)
    assert on.usage.prompt_tokens < anew.usage.prompt_tokens
    assert on.choices[0].message.content.startswith(" ")


def test_extra_sampling_parameters_are_taken(client, server):
    answer = ask(
        client, server, max_tokens=4, top_p=0.9, extra_body={"min_p": 0.1, "repetition_penalty": 1.2}
    )
    assert answer.usage.completion_tokens == 4


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"temperature": 9}, openai.BadRequestError),
        ({"model": "gpt-4"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
    ],
)
def test_errors_are_the_client_s_own(client, server, fields, error):
    with pytest.raises(error) as caught:
        ask(client, server, **fields)
    assert caught.value.param == next(iter(fields))


def test_a_wrong_key_is_an_authentication_error(server):
    with (
        openai.OpenAI(base_url=server.url, api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.models.list()
