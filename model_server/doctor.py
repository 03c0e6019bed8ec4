"""`python -m model_server doctor`: what this machine can serve, and how fast, in a person's words."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from model_server.engine.adapters.interface import Adapters
from model_server.engine.fused import library
from model_server.engine.interface import EngineError
from model_server.engine.placement import place
from model_server.faults import StartFault
from model_server.findings import Finding, Level, fail, mend, ok
from model_server.fitting import judge as judge_fit
from model_server.fitting import need_of, room_of
from model_server.loading import load
from model_server.machine import describe, this_machine
from model_server.options import Options
from model_server.sources import Source, find
from model_server.trial import judge as judge_speed
from model_server.trial import measure

logger = logging.getLogger(__name__)

Say = Callable[[str], None]
EVERY = 2.0


def doctor(options: Options, say: Say, progress: Say) -> int:
    """Say each finding as soon as it is there. Gives 0 where all is well, 1 for something to mend, 2 where nothing is served."""
    worst = Level.OK
    for finding in _guarded(options, progress):
        say(str(finding))
        worst = max(worst, finding.level)
    return worst


def _guarded(options: Options, progress: Say) -> Iterator[Finding]:
    try:
        yield from _look(options, progress)
    except StartFault as fault:
        yield fail("model", fault.sentence)
    except EngineError as error:
        yield fail("speed", f"the model does not answer: {error}", "The log above says more.")
    except Exception as error:
        logger.exception("the doctor could not go on")
        yield fail(
            "model", f"an unforeseen {type(error).__name__} ended the look", "The log above says more."
        )


def _look(options: Options, progress: Say) -> Iterator[Finding]:
    machine = this_machine()
    compiled = library.path_in(options.cache_dir).exists()
    yield from describe(machine, compiled, library.compiler())
    placement = place(options.device, options.dtype, options.max_memory)
    source = find(options.model, options.cache_dir, progress)
    fit = judge_fit(need_of(source, placement, options), room_of(machine, placement))
    yield fit
    if fit.level is Level.FAIL:
        return
    if placement.device_map == {"": "cpu"} and not compiled and library.compiler():
        yield from _compile(options, progress)
    yield from _try(source, options, progress)


def _compile(options: Options, progress: Say) -> Iterator[Finding]:
    try:
        with telling("compiling the layers", progress):
            library.build(options.cache_dir)
    except library.NotCompiled as error:
        yield mend("compiler", f"the layers are not compiled: {error}", "Answers come slower without it.")


def _try(source: Source, options: Options, progress: Say) -> Iterator[Finding]:
    with telling(f"loading {source.name}", progress):
        served = load(source, options)
    try:
        yield ok("model", f"{source.name} {served.chosen}")
        if options.adapters is not None:
            with telling("reading the adapters", progress):
                yield from _shelf(served.adapters)
        with telling("writing", progress):
            speed = asyncio.run(measure(served, options.max_concurrent))
        yield from judge_speed(speed)
    finally:
        served.engine.close()


def _shelf(adapters: Adapters) -> Iterator[Finding]:
    unfit = adapters.unfit(thoroughly=True)
    fit = [name for name in adapters.names() if name not in unfit]
    yield ok("adapters", ", ".join(fit) or "none in the folder that can be used")
    for name, reason in unfit.items():
        yield mend("adapters", f"{name} cannot be used: {reason}", "Mend it, or take it out of the folder.")


@contextmanager
def telling(what: str, progress: Say, every: float = EVERY) -> Iterator[None]:
    """Say what is done now, and every few seconds that it still goes on."""
    progress(what)
    began, ended = time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(every):
            progress(f"{what}, {time.monotonic() - began:.0f} s so far")

    thread = threading.Thread(target=tell, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
