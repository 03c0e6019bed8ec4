"""The keeper of the embedded server, with small programs that speak the server's lines in its place."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from dataclasses import replace

import psutil
import pytest
from support.waiting import ENOUGH, gone, until

from bot.model import (
    Embedded,
    Endpoint,
    Loading,
    ModelCannotLoad,
    Patience,
    Progress,
    Ready,
    Restarting,
    Supervisor,
    open_model,
)
from bot.model.pulse import Pulse
from bot.model.supervisor import Pace

SERVER = """
import json, os, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def answer(self, body, kind):
        known = self.headers["Authorization"] == "Bearer " + os.environ["MODEL_API_KEY"]
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.answer(json.dumps({"data": [{"id": "tiny"}]}).encode(), "application/json")
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        chunk = {"choices": [{"delta": {"content": str(os.getpid())}, "finish_reason": "stop"}]}
        self.answer(f"data: {json.dumps(chunk)}\\n\\ndata: [DONE]\\n\\n".encode(), "text/event-stream")

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("no news", flush=True)
print(json.dumps({"loading": "reading", "seconds": 0.5}), flush=True)
print("my key is", os.environ["MODEL_API_KEY"], file=sys.stderr, flush=True)
url = f"http://127.0.0.1:{server.server_port}/v1"
print(json.dumps({"ready": True, "url": url, "model": "tiny"}), flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"""
PARENT = """
import asyncio, os, sys
from bot.model import Embedded, Endpoint, Supervisor

async def main():
    await Supervisor(Embedded().command(), os.environ, Endpoint(), lambda news: print(news, flush=True)).run()

asyncio.run(main())
"""
QUICK = Pace(first=0.05, most=0.2, healthy=60, starts=3, grace=0.3)
WATCHFUL = replace(QUICK, pulse=Pulse(every=0.05, wait=0.5, misses=3))


def program(source: str) -> tuple[str, ...]:
    return (sys.executable, "-c", source)


class House:
    """An endpoint, its supervisor at work, and what it reported."""

    def __init__(self, source: str, environ: dict[str, str] | None = None, pace: Pace = QUICK) -> None:
        self.endpoint = Endpoint()
        self.reports: list[Progress] = []
        command = program(source)
        self.supervisor = Supervisor(
            command, environ or dict(os.environ), self.endpoint, self.reports.append, pace
        )

    async def __aenter__(self) -> "House":
        self.running = asyncio.create_task(self.supervisor.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        with contextlib.suppress(asyncio.CancelledError, ModelCannotLoad):
            await self.running


async def text_of(model, request) -> str:
    return "".join([piece async for piece in model.stream(request)])


async def test_the_server_is_reached_with_a_key_that_only_we_know(ask):
    async with House(SERVER) as house, open_model(house.endpoint) as model:
        assert (await model.info()).name == "tiny"
        assert await text_of(model, ask())
        assert [type(report) for report in house.reports] == [Loading, Ready]
        assert house.reports[0] == Loading("reading", 0.5)


async def test_an_orderly_end_leaves_no_child(ask):
    async with House(SERVER) as house, open_model(house.endpoint) as model:
        pid = int(await text_of(model, ask()))
    assert gone(pid)
    assert house.endpoint.address is None


async def test_a_server_that_crashed_is_back_at_the_same_endpoint(ask):
    async with House(SERVER) as house, open_model(house.endpoint) as model:
        first = await text_of(model, ask())
        address = house.endpoint.address
        os.kill(int(first), signal.SIGKILL)
        second = await text_of(model, ask())
        assert second != first
        assert house.endpoint.address.key != address.key
        assert [type(report) for report in house.reports] == [Loading, Ready, Restarting, Loading, Ready]


async def test_a_server_that_hangs_is_ended_and_started_again(ask, caplog):
    house = House(SERVER, pace=WATCHFUL)
    async with house, open_model(house.endpoint) as model:
        first = int(await text_of(model, ask()))
        await asyncio.sleep(0.3)
        assert not gone(first)
        os.kill(first, signal.SIGSTOP)
        await until(lambda: Restarting(0.05) in house.reports)
        assert gone(first)
        assert int(await text_of(model, ask())) != first
    assert "it hung, and left 3 questions in a row unanswered. Starting it again" in caplog.text


async def test_a_server_that_says_it_is_stuck_is_started_again():
    stuck = SERVER.replace("200 if known else 401", '503 if "health" in self.path else 200')
    async with House(stuck, pace=WATCHFUL) as house:
        await until(lambda: Restarting(0.05) in house.reports)


async def test_restarts_come_ever_more_slowly(tmp_path):
    ready_once = f"""
import json, os, pathlib, sys
mark = pathlib.Path({str(tmp_path / "mark")!r})
if not mark.exists():
    mark.touch()
    print(json.dumps({{"ready": True, "url": "http://127.0.0.1:1/v1", "model": "tiny"}}), flush=True)
sys.exit(2)
"""
    async with House(ready_once) as house:
        await until(lambda: len(house.reports) >= 5)
        assert house.reports[1:5] == [Restarting(0.05), Restarting(0.1), Restarting(0.2), Restarting(0.2)]


async def test_a_model_that_cannot_load_is_said_in_the_servers_words(tmp_path):
    starts = tmp_path / "starts"
    source = f"""
import json, sys
open({str(starts)!r}, "a").write("x")
print(json.dumps({{"error": "The folder novel\\nis no model."}}), flush=True)
sys.exit(2)
"""
    async with House(source) as house:
        with pytest.raises(ModelCannotLoad) as fault:
            await house.running
    assert str(fault.value) == "The model cannot be loaded: The folder novel is no model."
    assert starts.read_text() == "x"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys; sys.exit('no torch here')", "it ended with code 1. Its last words: no torch here"),
        ("import os; os.kill(os.getpid(), 9)", "it was killed, as happens when memory runs out."),
        (
            "import sys; print('usage', file=sys.stderr); sys.exit(2)",
            "it ended with code 2. Its last words: usage",
        ),
    ],
)
async def test_a_server_that_never_gets_as_far_is_not_started_for_ever(source, reason):
    async with House(source) as house:
        with pytest.raises(ModelCannotLoad) as fault:
            await house.running
    assert fault.value.reason == reason


async def test_a_program_that_is_not_there_is_said(ask):
    supervisor = Supervisor(("/no/such/program",), {}, Endpoint(), print, QUICK)
    with pytest.raises(ModelCannotLoad, match="No such file"):
        await supervisor.run()


async def test_a_child_that_does_not_go_is_made_to(ask):
    stubborn = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        + SERVER
        + "\nimport time; time.sleep(60)"
    )
    async with House(stubborn) as house, open_model(house.endpoint) as model:
        pid = int(await text_of(model, ask()))
    assert gone(pid)


async def test_the_child_is_told_no_secret_of_ours_and_its_own_is_in_no_log(caplog, ask):
    caplog.set_level(logging.DEBUG)
    environ = {**os.environ, "DISCORD_TOKEN": "the-token", "MODEL_API_KEY": "the-persons-key"}
    async with House(SERVER, environ) as house, open_model(house.endpoint) as model:
        pid = int(await text_of(model, ask()))
        told = psutil.Process(pid).environ()
        key = house.endpoint.address.key.get_secret_value()
        await until(lambda: "my key is …" in caplog.text)
        shown = f"{caplog.text} {house.endpoint.address} {vars(house.supervisor)} {house.running}"
    assert "DISCORD_TOKEN" not in told
    assert told["MODEL_API_KEY"] == key != "the-persons-key"
    assert told["OMP_WAIT_POLICY"] == "passive"
    assert not [secret for secret in (key, "the-token", "the-persons-key") if secret in shown]


async def test_the_child_yields_to_the_bot_and_hears_no_signal_of_the_terminal(ask):
    async with House(SERVER) as house, open_model(house.endpoint) as model:
        pid = int(await text_of(model, ask()))
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        assert os.getsid(pid) != os.getsid(0)


async def test_lines_of_any_length_and_progress_bars_do_no_harm(ask, caplog):
    caplog.set_level(logging.INFO)
    loud = """
import sys
sys.stderr.write("x" * 300_000 + "\\n" + "\\r".join(f"{n} %" for n in range(101)) + "\\n")
print("y" * 300_000, flush=True)
"""
    async with House(loud + SERVER) as house, open_model(house.endpoint) as model:
        assert await text_of(model, ask())
        await until(lambda: "model server: 100 %" in caplog.text)
    assert "99 %" not in caplog.text


async def test_a_parent_killed_at_once_leaves_no_child():
    """With the real model server, while it is loading."""
    parent = await asyncio.create_subprocess_exec(*program(PARENT), stdout=asyncio.subprocess.PIPE)
    assert parent.stdout
    async with asyncio.timeout(ENOUGH):
        assert b"Loading" in await parent.stdout.readline()
    [child] = psutil.Process(parent.pid).children()
    assert "model_server" in child.cmdline()
    parent.kill()
    await parent.wait()
    await until(lambda: gone(child.pid))


def test_only_what_was_set_is_said_on_the_command_line():
    assert Embedded().command()[1:] == (
        "-m", "model_server", "--port=0", "--parent-pipe", "--model=embedded", "--device=auto", "--dtype=auto",
        "--max-concurrent=8", "--max-queue=32",
    )  # fmt: skip
    full = Embedded(
        max_memory="cpu=8GiB", threads=2, context_tokens=4096, cache_folder="cache", adapters_folder="loras"
    )
    assert {
        "--max-memory=cpu=8GiB",
        "--threads=2",
        "--context-limit=4096",
        "--cache-dir=cache",
        "--adapters=loras",
    } < set(full.command())


@pytest.mark.slow
async def test_the_real_server_is_killed_and_writes_on(ask):
    endpoint, reports = Endpoint(), []
    supervisor = Supervisor(Embedded().command(), os.environ, endpoint, reports.append, QUICK)
    running = asyncio.create_task(supervisor.run())
    async with open_model(endpoint, Patience(start=240)) as model:
        assert (await model.info()).exact_tokens
        assert await text_of(model, ask())
        [server] = [child for child in psutil.Process().children() if "model_server" in child.cmdline()]
        server.kill()
        assert await text_of(model, ask(("user", "A lighthouse."), ("assistant", "The door")))
        assert [type(report) for report in reports if not isinstance(report, Loading)] == [
            Ready,
            Restarting,
            Ready,
        ]
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert gone(server.pid)
