"""An environment as a fresh installation has it, and loopback servers in place of Discord and of a model."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from bot.operations import operate

ROOT = Path(__file__).parents[3]
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with the settings as they come."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "config.toml", tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """Run a command line there; return its exit code and what it said."""

    def run(*arguments: str, **environ: str) -> tuple[int, list[str]]:
        said: list[str] = []
        return operate(arguments, environ, said.append), said

    return run


@asynccontextmanager
async def _serving(app: FastAPI) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving


@pytest.fixture
def serving() -> Callable[[FastAPI], object]:
    """Serve an application on loopback while a block lasts, and give its URL."""
    return _serving
