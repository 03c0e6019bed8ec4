"""How the server starts, fails to start, and ends with the process that started it."""

import asyncio
import json
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from support.waiting import ENOUGH, gone, until


@pytest.mark.parametrize("wrong", ["no-such-folder", "an-empty-folder", "a-file"])
def test_a_model_folder_that_is_none_gives_one_line_and_two(start, tmp_path, wrong):
    (tmp_path / "an-empty-folder").mkdir()
    (tmp_path / "a-file").touch()
    server = start("--model", str(tmp_path / wrong))
    assert server.process.wait(timeout=ENOUGH) == 2
    assert wrong in server.lines[-1]["error"]
    assert "\n" not in server.lines[-1]["error"]


@pytest.mark.slow
def test_a_folder_with_broken_weights_gives_one_line_and_two(start, tmp_path, model_folder):
    for file in model_folder.iterdir():
        if file.suffix != ".safetensors":
            (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"not tensors")
    server = start("--model", str(tmp_path))
    assert server.process.wait(timeout=ENOUGH) == 2
    assert "transformers say of" in server.lines[-1]["error"]


def test_a_port_in_use_is_noticed_at_once(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start("--port", str(taken.getsockname()[1]))
    assert server.process.wait(timeout=ENOUGH) == 2
    assert len(server.lines) == 1
    assert "--port" in server.lines[0]["error"]


def test_while_the_model_loads_health_says_so(model_folder):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "model_server", "--port", str(port)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert "loading" in json.loads(process.stdout.readline())
        response = httpx.get(f"http://127.0.0.1:{port}/health", timeout=ENOUGH)
        assert (response.status_code, response.json()) == (503, {"status": "loading"})
        models = httpx.get(f"http://127.0.0.1:{port}/v1/models", timeout=ENOUGH)
        assert models.json()["error"]["code"] == "loading"
    finally:
        process.terminate()
        process.communicate(timeout=ENOUGH)


@pytest.mark.slow
def test_the_server_dies_with_its_parent_even_when_that_is_killed(model_folder):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'model_server', '--parent-pipe'],"
            " stdin=subprocess.PIPE)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    child = int(parent.stdout.readline())
    for line in parent.stdout:
        if "ready" in line:
            break
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.read()  # ends when the child has let go of it
    parent.stdout.close()
    asyncio.run(until(lambda: gone(child)))
