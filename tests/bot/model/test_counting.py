"""Tokens: counted by the server, remembered, or estimated where it does not count."""

import asyncio

import pytest
from fastapi.responses import JSONResponse, Response
from hypothesis import given
from hypothesis import strategies as st

from bot.model.tokens import AT_ONCE, Counter, estimate
from bot.workshop.errors import ModelDown, ModelRefused


async def test_the_server_counts(model):
    assert await model.count(["one two three", "", "one two three"]) == [3, 0, 3]


async def test_what_is_counted_is_what_a_foreign_server_will_be_sent(model):
    assert await model.count(["<|im_end|>"]) == [2]


async def test_a_text_is_sent_once(model, stage):
    await model.count(["one two", "three", "one two"])
    await model.count(["three", "four"])
    assert sorted(stage.tokenized) == ["four", "one two", "three"]


async def test_a_server_that_gives_only_the_tokens_counts_too(model, stage):
    stage.tokenize = lambda body: JSONResponse({"tokens": list(body["content"].encode())})
    assert await model.count(["four"]) == [4]


@pytest.mark.parametrize(
    "answer",
    [Response(status_code=404), Response(status_code=501), JSONResponse({"result": "?"}), Response("<html>")],
)
async def test_a_server_that_does_not_count_is_asked_once(model, stage, answer):
    stage.tokenize = lambda body: answer
    assert await model.count(["one two", "three"]) == [estimate("one two"), estimate("three")]
    asked = len(stage.tokenized)
    assert not (await model.info()).exact_tokens
    await model.count(["four"])
    assert len(stage.tokenized) == asked


async def test_a_text_too_large_to_send_is_estimated(model, stage):
    stage.tokenize = lambda body: (
        Response(status_code=413) if len(body["prompt"]) > 9 else JSONResponse({"count": 1})
    )
    assert await model.count(["short", "much too long"]) == [1, estimate("much too long")]
    assert (await model.info()).exact_tokens


@pytest.mark.parametrize(("status", "error"), [(401, ModelRefused), (500, ModelDown)])
async def test_a_failure_is_no_reason_to_guess(model, stage, status, error):
    stage.tokenize = lambda body: Response(status_code=status)
    with pytest.raises(error):
        await model.count(["one", "two", "three"])


async def test_few_texts_are_asked_about_at_once():
    busy = most = 0

    async def ask(text: str) -> int:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        busy -= 1
        return len(text)

    texts = [str(number) for number in range(50)]
    assert await Counter().count(texts, ask) == [len(text) for text in texts]
    assert most == AT_ONCE


@given(st.text())
def test_an_estimate_is_never_below_the_words_nor_a_third_of_the_bytes(text):
    assert estimate(text) >= max(len(text.split()), len(text.encode()) / 3)
