"""The bot needs nothing of our own server: its client, and a turn from asking to the vote, at other people's servers."""

import asyncio
import os
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from pydantic import SecretStr
from support.house import ANN, House, act
from support.waiting import ENOUGH

from benchmarks.serving_kinds import LlamaCpp, Transformers
from benchmarks.serving_openai import OpenAiPeer
from benchmarks.serving_peers import KEY, PeerAbsent, Settings
from bot.model import Address, Endpoint, ModelClient, Patience, open_model
from bot.story.presets import Sampling
from bot.workshop.errors import ModelRefused
from bot.workshop.records import ChatMessage, JobState, ModelRequest
from model_server import embedded
from model_server.options import parse

pytestmark = pytest.mark.slow

STORY = (("system", "You write stories with others."), ("user", "Go on with the story of a lighthouse."))
LEAD = "The keeper climbed the stairs, and at the top he saw"
PATIENCE = Patience(start=5, first_text=60, next_text=30, answer=10, retries=1)


class Llama(LlamaCpp):
    """With two places of 2,048 tokens, fewer than the bot takes for granted."""

    slots = 2
    context = 4096
    shared = False


@pytest.fixture(scope="module")
def settings() -> Settings:
    folder = embedded.folder_in(parse([], os.environ).cache_dir, print)
    return Settings(folder, embedded.find_gguf())


@pytest.fixture(scope="module", params=[Llama, Transformers], ids=["llama.cpp", "transformers"])
def server(request, settings) -> Iterator[OpenAiPeer]:
    if request.param is Llama and not find_spec("xllamacpp"):
        pytest.skip("llama.cpp's server is not installed: pip install -e '.[peers]'")
    try:
        with request.param(settings) as peer:
            yield peer
    except PeerAbsent as absent:
        pytest.fail(f"{request.param.name}: {absent.reason}")


@pytest.fixture
async def model(server):
    async with open_model(Endpoint(Address(server.url, SecretStr(KEY))), PATIENCE) as client:
        yield client


def asked(*messages: tuple[str, str], tokens: int = 16, **changes) -> ModelRequest:
    """Return a request as the workshop makes it, with everything in it that goes beyond OpenAI's protocol."""
    usual = {
        "messages": tuple(ChatMessage(*message) for message in messages or STORY),
        "sampling": Sampling(temperature=0.8, top_p=0.95, min_p=0.05, repetition_penalty=1.1),
        "max_tokens": tokens,
        "seed": 7,
        "stop": ("THE END",),
        "guild": "guild",
        "asker": "ann",
    }
    return ModelRequest(**{**usual, **changes})


async def text_of(model: ModelClient, request: ModelRequest) -> str:
    return "".join([piece async for piece in model.stream(request)])


async def test_what_the_server_can_do_is_found_out(model, server):
    info = await model.info()
    if server.name == "llama.cpp":
        assert (info.context, info.exact_tokens) == (2048, True)
    else:
        assert (info.context, info.exact_tokens) == (4096, False)
    counts = await model.count(["", "Hello there", "Hello there, keeper of the light"])
    assert counts[0] <= counts[1] < counts[2] <= 11


async def test_text_comes_in_pieces_and_ends(model):
    pieces = [piece async for piece in model.stream(asked())]
    assert len(pieces) > 3
    assert "".join(pieces).strip()


async def test_a_beginning_is_gone_on_with_and_not_repeated(model):
    text = await text_of(model, asked(*STORY, ("assistant", LEAD)))
    assert text.strip()
    assert LEAD not in text


async def test_who_stops_listening_leaves_room_for_the_next(model):
    stream = model.stream(asked(tokens=1500))
    await anext(stream)
    await stream.aclose()
    async with asyncio.timeout(ENOUGH):
        assert await text_of(model, asked(tokens=2))


async def test_what_is_too_long_is_refused_and_not_the_servers_end(model, server):
    if server.name == "transformers":
        pytest.skip("transformers serve takes a prompt of any length")
    with pytest.raises(ModelRefused):
        await text_of(model, asked(("user", "word " * 5000)))
    assert await text_of(model, asked(tokens=2))


async def test_a_wrong_key_is_refused(server):
    if server.name == "transformers":
        pytest.skip("transformers serve asks for no key")
    async with open_model(Endpoint(Address(server.url, SecretStr("another"))), PATIENCE) as stranger:
        with pytest.raises(ModelRefused):
            await text_of(stranger, asked())


async def test_a_turn_goes_from_asking_for_three_to_the_vote_and_into_the_story(model, tmp_path):
    async with House(tmp_path / "story.db", model=model).opened() as house:
        session = await house.start()
        await house.workshop.writing.write(act(ANN, session), "The door was green, and it stood in the sea.")
        job = (await house.workshop.drafting.ask(act(ANN, session), candidates=3)).job
        assert await house.ended(job) is JobState.DONE
        page = await house.workshop.desk.page("ballot:1")
        assert len(page.choices) > 1
        house.passes(minutes=2)
        await house.workshop.voting.vote(act(ANN, session), 1)
        history = await house.story(session)
        assert history[0] == "The door was green, and it stood in the sea."
        assert len(history) == 2
