"""The client against a real HTTP server that keeps the protocol, or breaks it."""

import asyncio
import logging
import traceback

import pytest
from pydantic import SecretStr
from support.waiting import ENOUGH, until

from bot.model import Address, Endpoint, Patience, open_model
from bot.model.dialect import GO_ON
from bot.story.presets import Sampling
from bot.workshop.errors import (
    ModelBusy,
    ModelDown,
    ModelError,
    ModelNonsense,
    ModelRefused,
    ModelTimedOut,
)
from bot.workshop.records import ModelInfo

PREFILLED = (("user", "A lighthouse."), ("assistant", "The door was"))


async def text_of(stream) -> str:
    return "".join([piece async for piece in stream])


async def test_pieces_come_one_by_one(model, stage, ask):
    assert [piece async for piece in model.stream(ask())] == ["Once", " upon"]


async def test_a_request_carries_all_that_was_asked(model, stage, ask):
    await text_of(model.stream(ask()))
    assert stage.asked == [
        {
            "model": "fable",
            "messages": [
                {"role": "system", "content": "You write."},
                {"role": "user", "content": "A lighthouse."},
            ],
            "stream": True,
            "temperature": 0.8,
            "top_p": 0.9,
            "min_p": 0.05,
            "repetition_penalty": 1.1,
            "max_tokens": 20,
            "seed": 7,
            "stop": ["THE END"],
        }
    ]


async def test_samplers_that_change_nothing_are_not_sent(model, stage, ask):
    await text_of(model.stream(ask(sampling=Sampling(min_p=0.0, repetition_penalty=1.0))))
    assert not {"min_p", "repetition_penalty"} & stage.asked[0].keys()


async def test_a_prefill_is_gone_on_with(model, stage, ask):
    await text_of(model.stream(ask(*PREFILLED)))
    assert stage.asked[0]["messages"][-1]["role"] == "assistant"
    assert stage.asked[0]["continue_final_message"] is True
    assert stage.asked[0]["add_generation_prompt"] is False


async def test_a_server_without_prefill_is_asked_in_words_and_remembered(model, stage, ask):
    stage.replies = [stage.refuses(["continue_final_message"], stage.says("green"))]
    assert await text_of(model.stream(ask(*PREFILLED))) == "green"
    tries = len(stage.asked)
    assert stage.asked[-1]["messages"][-1] == {"role": GO_ON.role, "content": GO_ON.content}
    assert stage.asked[-1]["min_p"] == 0.05
    await text_of(model.stream(ask(*PREFILLED)))
    assert len(stage.asked) == tries + 1


async def test_words_to_go_on_from_that_are_said_again_are_taken_out(model, stage, ask):
    stage.replies = [stage.refuses(["continue_final_message"], stage.says("The door", " was", " green"))]
    assert await text_of(model.stream(ask(("user", "Go on."), ("assistant", "It stood. The door was")))) == (
        "The door was green"  # three words may be meant
    )
    prefilled = (("user", "Go on."), ("assistant", "It stood there. So the door was"))
    stage.replies = [stage.refuses(["continue_final_message"], stage.says("So the", " door was", " green"))]
    assert await text_of(model.stream(ask(*prefilled))) == " green"


async def test_a_server_without_min_p_is_asked_without_and_remembered(model, stage, ask):
    stage.replies = [stage.refuses(["min_p", "repetition_penalty"], stage.says("fine"))]
    assert await text_of(model.stream(ask())) == "fine"
    assert await text_of(model.stream(ask())) == "fine"
    assert ["min_p" in body for body in stage.asked] == [True, False, False]


async def test_a_server_tells_guilds_and_people_apart_by_pseudonyms(model, stage, ask):
    people = (("1111", "7"), ("1111", "8"), ("2222", "7"), ("1111", "7"))
    for guild, asker in people:
        await text_of(model.stream(ask(guild=guild, asker=asker)))
    salts, users = ([body[name] for body in stage.asked] for name in ("cache_salt", "user"))
    assert salts[0] == salts[1] == salts[3] != salts[2]
    assert users[0] == users[2] == users[3] != users[1]
    assert not {"1111", "2222", "7", "8"} & {*salts, *users}


async def test_after_a_restart_nobody_is_recognised(address, stage, ask):
    for _ in range(2):
        async with open_model(Endpoint(address)) as model:
            await text_of(model.stream(ask(guild="1111", asker="7")))
    first, second = stage.asked
    assert first["cache_salt"] != second["cache_salt"]
    assert first["user"] != second["user"]


async def test_a_server_that_refuses_pseudonyms_is_asked_without_and_keeps_its_samplers(model, stage, ask):
    stage.replies = [stage.refuses(["cache_salt"], stage.says("fine"))]
    for _ in range(2):
        assert await text_of(model.stream(ask(guild="1111", asker="7"))) == "fine"
    assert ["cache_salt" in body for body in stage.asked] == [True, False, False]
    assert ["user" in body for body in stage.asked] == [True, False, False]
    assert all("min_p" in body for body in stage.asked)


async def test_a_server_that_takes_openais_protocol_alone_is_asked_in_it(model, stage, ask):
    beyond = ["cache_salt", "min_p", "repetition_penalty", "continue_final_message", "add_generation_prompt"]
    stage.replies = [stage.refuses(beyond, stage.says("fine"))]
    for _ in range(2):
        assert await text_of(model.stream(ask(*PREFILLED, guild="1111", asker="7"))) == "fine"
    assert [bool(set(beyond) & body.keys()) for body in stage.asked[-2:]] == [False, False]


async def test_a_refusal_for_another_reason_teaches_nothing(model, stage, ask):
    stage.replies = [stage.answers(400)]
    with pytest.raises(ModelRefused) as refused:
        await text_of(model.stream(ask()))
    assert refused.value.status == 400
    stage.replies = [stage.says("fine")]
    await text_of(model.stream(ask()))
    assert stage.asked[-1]["min_p"] == 0.05


async def test_control_tokens_are_broken_for_a_foreign_server(model, stage, ask):
    await text_of(model.stream(ask(("user", "<|im_end|> a < b [INST] [x] </s>"))))
    assert stage.asked[0]["messages"][0]["content"] == "< |im_end|> a < b [ INST] [x] < /s>"


async def test_control_tokens_stay_for_a_server_that_takes_them_as_text(stage, ask):
    async with open_model(Endpoint(Address(stage.url, SecretStr("k"), plain=True))) as model:
        await text_of(model.stream(ask(("user", "<|im_end|>"))))
    assert stage.asked[0]["messages"][0]["content"] == "<|im_end|>"


async def test_closing_the_iterator_closes_the_connection(model, stage, ask):
    stage.replies = [stage.events('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', 10 * ENOUGH)]
    stream = model.stream(ask())
    assert await anext(stream) == "a"
    await stream.aclose()
    await asyncio.wait_for(stage.left.wait(), ENOUGH)


@pytest.mark.parametrize("first", ["", 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'])
async def test_cancelling_the_reader_closes_the_connection(address, stage, ask, first):
    stage.replies = [stage.events(first or ": reading\n\n", 10 * ENOUGH)]
    async with open_model(Endpoint(address)) as model:
        reading = asyncio.create_task(text_of(model.stream(ask())))
        await until(lambda: stage.asked)
        reading.cancel()
        await asyncio.wait_for(stage.left.wait(), ENOUGH)
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_silence_before_the_first_piece_times_out(address, stage, ask):
    stage.replies = [stage.events(": reading\n\n", 0.3, ": reading\n\n", 10 * ENOUGH)]
    async with open_model(Endpoint(address), Patience(first_text=0.5)) as model:
        with pytest.raises(ModelTimedOut) as fault:
            await text_of(model.stream(ask()))
        assert fault.value.seconds == 0.5
        await asyncio.wait_for(stage.left.wait(), ENOUGH)


async def test_silence_between_pieces_times_out_after_what_came(address, stage, ask):
    stage.replies = [stage.events('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', 10 * ENOUGH)]
    async with open_model(Endpoint(address), Patience(next_text=0.2)) as model:
        stream = model.stream(ask())
        assert await anext(stream) == "a"
        with pytest.raises(ModelTimedOut):
            await anext(stream)
        await asyncio.wait_for(stage.left.wait(), ENOUGH)


async def test_a_slow_reader_is_not_taken_for_a_slow_server(address, stage, ask):
    async with open_model(Endpoint(address), Patience(next_text=0.5)) as model:
        stream = model.stream(ask())
        await anext(stream)
        await asyncio.sleep(0.6)
        assert await anext(stream) == " upon"


async def test_a_busy_server_is_asked_again_when_it_says(model, stage, ask):
    stage.replies = [stage.answers(429, retry_after="0.2"), stage.says("at last")]
    began = asyncio.get_running_loop().time()
    assert await text_of(model.stream(ask())) == "at last"
    assert asyncio.get_running_loop().time() - began >= 0.2


async def test_a_server_that_stays_busy_is_left_alone(model, stage, ask):
    stage.replies = [stage.answers(429, retry_after="0")]
    with pytest.raises(ModelBusy) as busy:
        await text_of(model.stream(ask()))
    assert busy.value.retry_after == 0.0
    assert len(stage.asked) == 3


async def test_a_server_that_is_busy_for_long_is_not_waited_for(model, stage, ask):
    stage.replies = [stage.answers(429, retry_after="3600")]
    with pytest.raises(ModelBusy):
        await text_of(model.stream(ask()))
    assert len(stage.asked) == 1


async def test_two_failures_are_outlived(model, stage, ask):
    stage.replies = [stage.answers(500), stage.answers(502), stage.says("fine")]
    assert await text_of(model.stream(ask())) == "fine"


async def test_a_server_that_keeps_failing_is_down(model, stage, ask):
    stage.replies = [stage.answers(500)]
    with pytest.raises(ModelDown):
        await text_of(model.stream(ask()))
    assert len(stage.asked) == 3


@pytest.mark.parametrize("status", [401, 404, 413])
async def test_a_refusal_is_not_repeated(model, stage, ask, status):
    stage.replies = [stage.answers(status)]
    with pytest.raises(ModelRefused) as refused:
        await text_of(model.stream(ask()))
    assert (refused.value.status, len(stage.asked)) == (status, 1)


@pytest.mark.parametrize(
    "parts",
    [
        ["data: {broken\n\n"],
        ["data: [1, 2]\n\n"],
        ['data: "text"\n\n'],
        ['data: {"choices": 3}\n\n'],
        ['data: {"choices": [{"delta": {"content": 5}}]}\n\n'],
        ['data: {"choices": [{}]}\n\n'],
        ["<html><body>It works!</body></html>"],
        ['{"choices": [{"message": {"content": "whole"}}]}'],
        ['data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n', "data: [DONE]\n\n"],
        ["data: [DONE]\n\n"],
        [""],
    ],
)
async def test_what_is_no_answer_is_nonsense(model, stage, ask, parts):
    stage.replies = [stage.events(*parts)]
    with pytest.raises(ModelNonsense):
        await text_of(model.stream(ask()))


async def test_an_answer_that_ends_without_saying_so_is_not_taken_for_whole(model, stage, ask):
    stage.replies = [stage.events('data: {"choices":[{"delta":{"content":"a"}}]}\n\n')]
    with pytest.raises(ModelNonsense):
        await text_of(model.stream(ask()))


@pytest.mark.parametrize(
    ("code", "error"), [("429", ModelBusy), ("400", ModelRefused), ('"generation_failed"', ModelDown)]
)
async def test_an_error_within_the_stream_is_one(model, stage, ask, code, error):
    told = f'data: {{"error": {{"message": "no", "code": {code}}}}}\n\n'
    stage.replies = [stage.events('data: {"choices":[{"delta":{"content":"a"}}]}\n\n', told)]
    with pytest.raises(error):
        await text_of(model.stream(ask()))


async def test_a_connection_that_breaks_leaves_a_model_that_is_down(ask):
    async def break_off(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        said = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
        writer.write(head + f"{len(said):x}\r\n".encode() + said + b"\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(break_off, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        endpoint = Endpoint(Address(f"http://127.0.0.1:{port}/v1", model="fable"))
        async with open_model(endpoint, Patience(retries=0)) as model:
            stream = model.stream(ask())
            assert await anext(stream) == "a"
            with pytest.raises(ModelDown):
                await anext(stream)


async def test_where_nobody_listens_the_model_is_down(ask, unused_tcp_port):
    endpoint = Endpoint(Address(f"http://127.0.0.1:{unused_tcp_port}/v1"))
    async with open_model(endpoint, Patience(retries=0)) as model:
        for question in (text_of(model.stream(ask())), model.info(), model.count(["a"])):
            with pytest.raises(ModelDown):
                await question


async def test_a_model_that_loads_is_waited_for(address, ask):
    endpoint = Endpoint()
    async with open_model(endpoint, Patience(start=5)) as model:
        reading = asyncio.create_task(text_of(model.stream(ask())))
        await asyncio.sleep(0.1)
        endpoint.open(address)
        assert await reading == "Once upon"


async def test_a_model_that_loads_too_long_is_down(ask):
    async with open_model(Endpoint(), Patience(start=0.1)) as model:
        with pytest.raises(ModelDown):
            await text_of(model.stream(ask()))


async def test_the_client_follows_a_server_that_moves(stage, address, ask, unused_tcp_port):
    endpoint = Endpoint(Address(f"http://127.0.0.1:{unused_tcp_port}/v1"))
    async with open_model(endpoint, Patience(retries=0)) as model:
        with pytest.raises(ModelDown):
            await model.info()
        endpoint.open(address)
        assert (await model.info()).name == "fable"


async def test_info_names_the_first_model_and_what_it_holds(model):
    assert await model.info() == ModelInfo("fable", 2048, exact_tokens=True)


@pytest.mark.parametrize(
    ("wanted", "bound", "context"), [("fable", 1024, 1024), ("saga", 0, 4096), ("saga", 9000, 9000)]
)
async def test_info_of_a_wanted_model(stage, wanted, bound, context):
    async with open_model(Endpoint(Address(stage.url, model=wanted)), context_tokens=bound) as model:
        assert await model.info() == ModelInfo(wanted, context, exact_tokens=True)


async def test_what_a_place_at_llama_cpp_holds_is_known(stage, address):
    stage.cards = [{"id": "fable", "meta": {"n_ctx": 1024, "n_ctx_train": 8192}}]
    async with open_model(Endpoint(address)) as model:
        assert (await model.info()).context == 1024


async def test_a_wanted_model_that_is_not_listed_is_a_refusal(stage):
    async with open_model(Endpoint(Address(stage.url, model="epic"))) as model:
        with pytest.raises(ModelRefused):
            await model.info()


@pytest.mark.parametrize("cards", [[], None, [{"name": "fable"}], "fable"])
async def test_a_list_that_is_none_is_nonsense(model, stage, cards):
    stage.cards = cards
    with pytest.raises(ModelNonsense):
        await model.info()


async def test_a_key_that_other_programs_use_is_not_sent(stage, ask, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-house")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    async with open_model(Endpoint(Address(stage.url))) as model:
        await text_of(model.stream(ask()))
    assert stage.keys == {"Bearer none"}


async def test_no_secret_and_no_word_of_the_server_is_in_an_error_or_the_log(address, stage, ask, caplog):
    caplog.set_level(logging.DEBUG)
    stage.replies = [stage.answers(401)]
    async with open_model(Endpoint(address)) as model:
        with pytest.raises(ModelError) as fault:
            await text_of(model.stream(ask()))
    shown = "".join(traceback.format_exception(fault.value))
    assert stage.keys == {f"Bearer {address.key.get_secret_value()}"}
    for said in (shown, caplog.text, repr(fault.value), repr(address), repr(model)):
        assert address.key.get_secret_value() not in said
    assert "the key was" not in shown + caplog.text
