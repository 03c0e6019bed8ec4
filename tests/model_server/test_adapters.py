"""Adapters over HTTP, asked for by the official client."""

import asyncio
import json
import socket
from dataclasses import dataclass

import httpx
import openai
import pytest
import torch
import uvicorn
from support.adapters import halves_of, write_adapter
from support.waiting import until
from transformers import AutoModelForCausalLM

from model_server.__main__ import configured
from model_server.app import Desk, create_app
from model_server.engine.adapters.reading import Base
from model_server.engine.adapters.shelf import Shelf
from model_server.engine.batch import BatchEngine
from model_server.engine.runner import Runner
from model_server.metrics import Metrics
from model_server.records import reporting_to
from model_server.served import Served

STORY = "The keeper climbed the stairs and looked out over the water. " * 4
LONG = {"max_tokens": 1500, "extra_body": {"ignore_eos": True}}


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def halves(tiny):
    return {"noir": halves_of(tiny, 1), "haiku": halves_of(tiny, 2), "fable": halves_of(tiny, 3)}


@pytest.fixture
def folder(tmp_path, halves):
    for name, its in halves.items():
        write_adapter(tmp_path / name, its, base_model_name_or_path="tiny")
    return tmp_path


@dataclass
class House:
    root: str
    client: openai.AsyncOpenAI
    http: httpx.AsyncClient
    engine: BatchEngine

    async def text(self, model="tiny", prompt=STORY, **fields):
        asked = {"model": model, "prompt": prompt, "seed": 1, "max_tokens": 12, **fields}
        return (await self.client.completions.create(**asked)).choices[0].text

    async def post(self, path, **fields):
        return await self.http.post(f"{self.root}{path}", json=fields)


@pytest.fixture
async def house(tiny, chat, folder):
    metrics, shelf = Metrics(), Shelf(folder, Base(tiny, "tiny"), most=2)
    engine = BatchEngine(
        Runner(tiny, 8, context=2048, kept=64),
        chat.plain,
        frozenset({2}),
        rows=8,
        queue=8,
        report=reporting_to(metrics),
        adapters=shelf,
    )
    served = Served("tiny", chat, engine, metrics, 2048, 0, adapters=shelf)
    server = uvicorn.Server(configured(create_app(Desk(served), None)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        root = f"http://{host}:{port}"
        async with (
            openai.AsyncOpenAI(base_url=f"{root}/v1", api_key="none", max_retries=0) as client,
            httpx.AsyncClient() as http,
        ):
            yield House(root, client, http, engine)
        server.should_exit = True
        await serving
    engine.close()


def fault(response, status, param):
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["param"] == param
    return error


async def test_adapters_are_models_whose_parent_is_the_model(house):
    models = [model async for model in house.client.models.list()]
    assert [model.id for model in models] == ["tiny", "tiny:fable", "tiny:haiku", "tiny:noir"]
    assert {model.parent for model in models[1:]} == {"tiny"}
    assert (await house.client.models.retrieve("tiny:noir")).id == "tiny:noir"
    counted = await house.post("/tokenize", model="tiny:noir", prompt="A door.")
    assert counted.json()["count"] > 0


async def test_each_answers_beside_the_others_as_it_answers_alone(house):
    models = ["tiny:noir", "tiny", "tiny:haiku", "tiny:noir", "tiny"]
    together = await asyncio.gather(*(house.text(model) for model in models))
    assert together == [await house.text(model) for model in models]
    assert len(set(together)) == 3


async def test_a_text_is_not_read_twice_but_for_another_adapter(house):
    async def known(model):
        asked = {"model": model, "prompt": STORY, "max_tokens": 1}
        usage = (await house.client.completions.create(**asked)).usage
        return usage.prompt_tokens_details.cached_tokens

    assert [await known(model) for model in ("tiny:noir", "tiny", "tiny:haiku")] == [0, 0, 0]
    assert await known("tiny:noir") == await known("tiny") == await known("tiny:haiku") >= 32


async def test_a_replaced_adapter_is_another_and_an_answer_keeps_its_own(house, folder, halves):
    first = await house.text("tiny:noir")
    under_way = asyncio.create_task(house.text("tiny:noir", max_tokens=200))
    await until(lambda: house.engine.load().running or under_way.done())
    write_adapter(folder / "noir", halves["haiku"])
    second = await house.text("tiny:noir")
    assert first != second == await house.text("tiny:haiku")
    assert (await under_way).startswith(first)


async def until_running(house, requests=1):
    await until(lambda: house.engine.load().running >= requests)


async def test_one_in_use_is_neither_unloaded_nor_put_away(house):
    under_way = [asyncio.create_task(house.text(model, **LONG)) for model in ("tiny:noir", "tiny:haiku")]
    await until_running(house, 2)
    fault(await house.post("/v1/unload_lora_adapter", lora_name="noir"), 409, "lora_name")
    with pytest.raises(openai.RateLimitError) as full:
        await house.text("tiny:fable")
    assert full.value.param == "model"
    assert full.value.response.headers["Retry-After"] == "5"
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    assert await house.text("tiny:fable")


async def test_vllm_s_routes_load_and_unload(house):
    for _ in range(2):
        loaded = await house.post("/v1/load_lora_adapter", lora_name="noir", lora_path="noir")
        assert loaded.status_code == 200
    assert (await house.post("/v1/unload_lora_adapter", lora_name="noir")).status_code == 200
    again = fault(await house.post("/v1/unload_lora_adapter", lora_name="noir"), 404, "lora_name")
    assert again["message"] == "No adapter noir is loaded."
    fault(await house.post("/v1/load_lora_adapter", lora_name="nobody"), 404, "lora_name")
    path = {"lora_name": "noir", "lora_path": "/etc"}
    fault(await house.post("/v1/load_lora_adapter", **path), 400, "lora_path")
    fault(await house.post("/v1/load_lora_adapter"), 400, "lora_name")


@pytest.mark.parametrize(
    "name", ["nobody", "", "..", "../noir", "noir/../noir", "noir\0", "\u202enoir", "n" * 300, "noir:noir"]
)
async def test_an_adapter_that_is_not_there_is_an_unknown_model(house, name):
    for asked in ({"prompt": "x"}, {"messages": [{"role": "user", "content": "x"}]}):
        path = "/v1/completions" if "prompt" in asked else "/v1/chat/completions"
        error = fault(await house.post(path, model=f"tiny:{name}", **asked), 404, "model")
        assert error["code"] == "model_not_found"
    fault(await house.post("/tokenize", model=f"tiny:{name}", prompt="x"), 404, "model")


def in_pickle(folder):
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")


def of_another_base(folder):
    config = folder / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"base_model_name_or_path": "large"}))


def broken_off(folder):
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


@pytest.mark.parametrize("spoil", [in_pickle, of_another_base, broken_off])
async def test_an_adapter_that_cannot_be_used_says_why_and_the_others_go_on(house, folder, spoil):
    spoil(folder / "noir")
    error = fault(await house.post("/v1/completions", model="tiny:noir", prompt="x"), 400, "model")
    assert error["code"] == "unfit_adapter"
    fault(await house.post("/v1/load_lora_adapter", lora_name="noir"), 400, "lora_name")
    assert await house.text("tiny:haiku")


async def test_answers_are_counted_by_adapter(house):
    await house.text("tiny:noir", max_tokens=5)
    figures = (await house.http.get(f"{house.root}/metrics")).text
    assert 'model_server_requests_total{adapter="noir",end="finished"} 1.0' in figures
    assert 'model_server_answer_tokens_total{adapter="noir"} 5.0' in figures


def test_without_a_folder_there_are_none(client, server):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.completions.create(model=f"{server.model}:noir", prompt="x")
    assert unknown.value.param == "model"
