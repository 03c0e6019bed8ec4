"""The doctor before a small model server."""

import asyncio
import json

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse, StreamingResponse

from bot.operations.findings import Level
from bot.operations.model import look_at_model
from bot.settings import Secrets
from bot.settings.sections import ModelSection

NO_SECRETS = Secrets(None, None)
QUICK = {"retries": 0}


def event(choice):
    return f"data: {json.dumps({'id': 'x', 'choices': [{'index': 0, 'finish_reason': None, **choice}]})}\n\n"


def writes(*words):
    ends = event({"delta": {}, "finish_reason": "stop"}), "data: [DONE]\n\n"
    events = (*(event({"delta": {"content": word}}) for word in words), *ends)
    return lambda: StreamingResponse(iter(events), media_type="text/event-stream")


def app_of(answer, tokens, adapters=()):
    app, listed = FastAPI(), [{"id": "fable", "max_model_len": 2048}]
    listed += [{"id": f"fable:{name}", "parent": "fable"} for name in adapters]
    app.get("/v1/models")(lambda: {"data": listed})
    app.post("/v1/chat/completions")(answer)
    app.post("/tokenize")(lambda: {"count": tokens})
    return app


@pytest.fixture
def look(serving):
    """Look at a server that answers a request for text with ``answer``."""

    async def look(answer, tokens=40, **settings):
        async with serving(app_of(answer, tokens)) as url:
            [finding] = await look_at_model(ModelSection(url=f"{url}/v1", **QUICK, **settings), NO_SECRETS)
            return finding

    return look


async def test_a_model_that_writes_tells_its_name_its_room_and_its_speed(look):
    finding = await look(writes("Once", " upon", " a time."))
    assert finding.level is Level.OK
    assert finding.seen.startswith("fable answered after") and "holds 2,048 tokens" in finding.seen


async def test_a_text_that_comes_at_once_is_measured_by_the_wait_for_it(look):
    assert "writes" in (await look(writes("Once upon a time."))).seen


async def test_a_slow_model_is_a_warning(look):
    async def events():
        yield event({"delta": {"content": "Once"}})
        await asyncio.sleep(0.5)
        yield event({"delta": {"content": " upon"}, "finish_reason": "length"})
        yield "data: [DONE]\n\n"

    finding = await look(lambda: StreamingResponse(events(), media_type="text/event-stream"), tokens=3)
    assert finding.level is Level.WARN and "smaller model" in finding.remedy


@pytest.mark.parametrize(
    ("status", "level", "remedy"),
    [(401, Level.FAIL, "MODEL_API_KEY"), (429, Level.WARN, "less to do"), (500, Level.FAIL, "Start it")],
)
async def test_what_the_server_refuses_says_what_to_do(look, status, level, remedy):
    finding = await look(lambda: JSONResponse({"error": {"message": "no"}}, status))
    assert finding.level is level and remedy in finding.remedy


async def test_a_model_that_the_server_lacks_is_named(look):
    finding = await look(writes("Once"), name="saga")
    assert finding.level is Level.FAIL and "has no model saga" in finding.seen


async def test_a_server_that_is_not_there():
    section = ModelSection(url="http://127.0.0.1:9/v1", **QUICK)
    [finding] = await look_at_model(section, NO_SECRETS)
    assert finding.level is Level.FAIL and "model.url" in finding.remedy


async def test_an_embedded_model_that_cannot_load():
    [finding] = await look_at_model(ModelSection(name="./no-such-folder"), NO_SECRETS)
    assert finding.level is Level.FAIL and "no-such-folder" in finding.seen and "model.name" in finding.remedy


async def test_adapters_that_styles_can_have_are_named(serving):
    async with serving(app_of(writes("Once", " upon"), tokens=40, adapters=("noir", "rain"))) as url:
        _, finding = await look_at_model(ModelSection(url=f"{url}/v1", **QUICK), NO_SECRETS)
    assert str(finding).split() == ["ok", "adapters", "noir,", "rain"]


async def test_a_folder_for_adapters_that_is_not_there():
    section = ModelSection(adapters_folder="no-such-folder")
    [finding] = await look_at_model(section, NO_SECRETS)
    assert finding.level is Level.FAIL
    assert finding.seen == "model.adapters_folder: there is no folder no-such-folder"
