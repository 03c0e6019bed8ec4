"""`python -m model_server`: bind, load, serve; or, as `doctor`, say what can be served."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial

import uvicorn
from fastapi import FastAPI

from model_server.app import Desk, create_app
from model_server.faults import Reporter, StartFault
from model_server.findings import fail
from model_server.guard import MOST_HEADER_BYTES, MOST_REQUESTS
from model_server.options import Options, parse
from model_server.parent import follow_parent
from model_server.served import Served
from model_server.sources import find
from model_server.wire import Wire

logger = logging.getLogger(__name__)

DOCTOR = "doctor"
FAULT = 2
LOOPBACK = ("127.0.0.1", "::1", "localhost")
PROGRESS_EVERY = 2.0
KERNEL_CACHES = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128", "LRU_CACHE_CAPACITY": "128"}
"""PyTorch's CPU kernels are kept for every length of text that was met: with their own bounds, 1,024 each, memory grows for hours."""


SPINS = "1000"
"""How often a compute thread looks for work before it sleeps: some microseconds, for the next product comes soon."""
SWITCH = 0.0005
"""Seconds after which the engine's thread gets the interpreter back from the event loop's."""


def main() -> int:
    """Run the server until it is told to stop; 2 when it cannot start. Asked for the doctor, give its exit code."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
    sys.setswitchinterval(SWITCH)
    try:
        return look(sys.argv[2:]) if sys.argv[1:2] == [DOCTOR] else run(sys.argv[1:])
    except KeyboardInterrupt:
        return 0


def run(arguments: Sequence[str]) -> int:
    """Serve until told to stop; give the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    reporter = Reporter()
    try:
        options = parse(arguments, os.environ)
        if options.parent_pipe:
            follow_parent()
        with bind(options.host, options.port) as listener:
            asyncio.run(serve(options, listener, reporter))
    except StartFault as fault:
        reporter.error(fault)
        return FAULT
    return 0


def look(arguments: Sequence[str]) -> int:
    """Let the doctor print what it finds, and on standard error what it is at. Gives the exit code."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s %(message)s")
    say = partial(print, flush=True)
    try:
        options = parse(arguments, os.environ)
    except StartFault as fault:
        say(str(fail("options", fault.sentence)))
        return FAULT
    os.environ.update(KERNEL_CACHES | os.environ)
    progress = partial(print, "...  ", file=sys.stderr, flush=True)
    progress("looking at the machine")
    from model_server.doctor import doctor  # takes seconds, as what computes does

    return doctor(options, say, progress)


def bind(host: str, port: int) -> socket.socket:
    """Take the port before anything slow is done. Raises StartFault."""
    try:
        return socket.create_server((host, port), family=_family(host), backlog=128)
    except OSError as error:
        raise StartFault(
            f"Cannot listen on {host} port {port} ({error.strerror}); choose another with --port, or 0 for a free one."
        ) from error


async def serve(options: Options, listener: socket.socket, reporter: Reporter) -> None:
    """Answer at once, "loading" at first, and load the model beside. Raises StartFault."""
    if options.key is None and options.host not in LOOPBACK:
        logger.warning("no MODEL_API_KEY is set: everyone who reaches %s may use the model", options.host)
    desk = Desk()
    app = create_app(desk, options.key, MOST_REQUESTS + options.max_queue)
    server = uvicorn.Server(configured(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    loading = asyncio.create_task(load_beside(options, reporter))
    try:
        await asyncio.wait((serving, loading), return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            desk.served = loading.result()
            gc.freeze()  # a model's hundred thousand objects stay: no collection need look at them
            reporter.ready(url_of(listener), desk.served.name)
    finally:
        server.should_exit = server.should_exit or desk.served is None
        await serving
        if desk.served is not None:
            desk.served.engine.close()


def configured(app: FastAPI) -> uvicorn.Config:
    """Give the settings of the HTTP server."""
    return uvicorn.Config(
        app,
        http=Wire,
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )


async def load_beside(options: Options, reporter: Reporter) -> Served:
    """Load in a thread that nobody waits for at the end, and report every other second. Raises StartFault."""
    loaded: asyncio.Future[Served] = asyncio.get_running_loop().create_future()
    doing = ["looking for the model"]
    load = partial(find_and_load, options, doing.append)
    threading.Thread(target=_settle, args=(loaded, load), name="loading", daemon=True).start()
    while not loaded.done():
        reporter.loading(doing[-1])
        await asyncio.wait([loaded], timeout=PROGRESS_EVERY)
    return loaded.result()


def find_and_load(options: Options, say: Callable[[str], None]) -> Served:
    """Find the model, then import what computes, which takes seconds, and load it. Raises StartFault."""
    source = find(options.model, options.cache_dir, say)
    say(f"loading {source.name}")
    os.environ.update(KERNEL_CACHES | os.environ)
    from model_server.loading import load

    return load(source, options)


def url_of(listener: socket.socket) -> str:
    """Give the URL that OpenAI's clients are to be given."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def _settle(loaded: asyncio.Future[Served], load: Callable[[], Served]) -> None:
    try:
        settle = partial(loaded.set_result, load())
    except StartFault as fault:
        settle = partial(loaded.set_exception, fault)
    except Exception as error:
        logger.exception("loading failed")
        fault = StartFault(f"An unforeseen {type(error).__name__} stopped the start; the log says more.")
        settle = partial(loaded.set_exception, fault)
    loaded.get_loop().call_soon_threadsafe(settle)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


if __name__ == "__main__":
    sys.exit(main())
