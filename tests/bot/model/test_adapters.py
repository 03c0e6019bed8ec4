"""Adapters at servers that name a model with one differently."""

import pytest
from fastapi.responses import JSONResponse
from pydantic import SecretStr

from bot.model import Address, Endpoint, open_model
from bot.workshop.errors import AdapterMissing, AdapterUnfit, ModelBusy, ModelRefused

OURS = [
    {"id": "fable", "root": "fable", "parent": None, "max_model_len": 2048},
    {"id": "fable:noir", "root": "fable", "parent": "fable", "max_model_len": 2048},
    {"id": "fable:tide", "root": "fable", "parent": "fable", "max_model_len": 2048},
]
VLLM = [
    {"id": "fable", "root": "org/fable-7b", "parent": None, "max_model_len": 2048},
    {"id": "fable-too", "root": "org/fable-7b", "parent": None, "max_model_len": 2048},
    {"id": "noir", "root": "adapters/noir", "parent": "fable"},
    {"id": "tide", "root": "adapters/tide", "parent": "org/fable-7b"},
]
BEYOND = ["cache_salt", "min_p", "repetition_penalty"]


async def written_by(model, stage, request) -> str:
    """Let the model write, and return the name by which it was asked for."""
    async for _ in model.stream(request):
        pass
    return stage.asked[-1]["model"]


def refuses(status: int, code: object, **headers: str):
    return lambda body: JSONResponse({"error": {"message": "no", "code": code}}, status, headers)


@pytest.mark.parametrize(("cards", "name"), [(OURS, "fable:noir"), (VLLM, "noir")])
async def test_a_model_with_an_adapter_is_asked_for_by_the_name_that_is_listed(
    model, stage, ask, cards, name
):
    stage.cards = cards
    assert await model.adapters() == ("noir", "tide")
    assert await written_by(model, stage, ask(adapter="noir")) == name
    assert await written_by(model, stage, ask()) == "fable"


async def test_an_adapter_of_another_listed_model_is_none_of_this_one(model, stage, ask):
    other = {"id": "saga", "root": "saga", "parent": None}
    stage.cards = [*OURS, other, {"id": "saga:frost", "root": "saga", "parent": "saga"}]
    assert await model.adapters() == ("noir", "tide")
    with pytest.raises(AdapterMissing):
        await written_by(model, stage, ask(adapter="frost"))


@pytest.mark.parametrize("wanted", ["fable-too", "noir"])
async def test_another_name_of_the_model_has_its_adapters(stage, ask, wanted):
    stage.cards = VLLM
    async with open_model(Endpoint(Address(stage.url, SecretStr("k"), wanted))) as model:
        assert await written_by(model, stage, ask(adapter="noir")) == "noir"
        assert await written_by(model, stage, ask()) == wanted


async def test_a_model_that_has_an_adapter_already_tells_what_lies_below(stage):
    stage.cards = OURS
    async with open_model(Endpoint(Address(stage.url, SecretStr("k"), "fable:tide"))) as model:
        info = await model.info()
        assert (info.name, info.base) == ("fable:tide", "fable")
        assert await model.adapters() == ("noir", "tide")


async def test_a_name_that_no_style_can_hold_is_not_offered(model, stage):
    stage.cards = [*VLLM, {"id": "a/path", "parent": "fable"}, {"id": "none", "parent": "fable"}]
    assert await model.adapters() == ("noir", "tide")


async def test_a_server_without_the_adapter_is_not_asked_for_text(model, stage, ask):
    with pytest.raises(AdapterMissing) as missing:
        await written_by(model, stage, ask(adapter="noir"))
    assert missing.value.adapter == "noir"
    assert stage.asked == []


async def test_an_adapter_is_used_from_when_it_is_listed(model, stage, ask):
    with pytest.raises(AdapterMissing):
        await written_by(model, stage, ask(adapter="noir"))
    stage.cards = OURS
    assert await written_by(model, stage, ask(adapter="noir")) == "fable:noir"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (404, "model_not_found", AdapterMissing),
        (400, "unfit_adapter", AdapterUnfit),
        (401, None, ModelRefused),
    ],
)
async def test_a_refusal_tells_whether_it_is_about_the_adapter(model, stage, ask, status, code, error):
    stage.cards, stage.replies = OURS, [refuses(status, code)]
    with pytest.raises(error):
        await written_by(model, stage, ask(adapter="noir"))
    assert len(stage.asked) == 1


async def test_an_unknown_model_is_no_missing_adapter(model, stage, ask):
    stage.replies = [refuses(404, "model_not_found")]
    with pytest.raises(ModelRefused):
        await written_by(model, stage, ask())


async def test_a_server_that_holds_too_many_is_busy(model, stage, ask):
    stage.cards, stage.replies = OURS, [refuses(429, "adapters_in_use", **{"retry-after": "0"})]
    with pytest.raises(ModelBusy):
        await written_by(model, stage, ask(adapter="noir"))


async def test_the_best_way_to_ask_is_found_with_an_adapter_too(model, stage, ask):
    stage.cards, stage.replies = OURS, [stage.refuses(BEYOND, stage.says("fine"))]
    assert await written_by(model, stage, ask(adapter="noir")) == "fable:noir"
    assert not set(BEYOND) & stage.asked[-1].keys()


async def test_tokens_are_counted_with_the_model_itself(model, stage, ask):
    stage.cards, counted = OURS, []
    stage.tokenize = lambda body: counted.append(body["model"]) or JSONResponse({"count": 1})
    await written_by(model, stage, ask(adapter="noir"))
    await model.count(["one"])
    assert counted == ["fable"]
