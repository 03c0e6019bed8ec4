"""`python -m model_server.cluster`: several copies of the model server behind one address, by Ray Serve."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import redirect_stdout
from importlib.util import find_spec
from socket import create_server

from model_server import scale
from model_server.faults import Reporter, StartFault
from model_server.options import Options, parse
from model_server.parent import follow_parent
from model_server.scale import Scale
from model_server.sources import find

FAULT = 2


def main() -> int:
    """Run the replicas until told to stop; 2 when they cannot start."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    reporter = Reporter()
    try:
        size, rest = scale.parse(sys.argv[1:])
        options = parse(rest, os.environ)
        if options.parent_pipe:
            follow_parent()
        with redirect_stdout(sys.stderr):  # Ray writes there, between the reports
            run(options, size, reporter)
    except StartFault as fault:
        reporter.error(fault)
        return FAULT
    return 0


def run(options: Options, size: Scale, reporter: Reporter) -> None:
    """Start the replicas, report, and wait for a signal. Raises StartFault."""
    if find_spec("ray") is None:
        raise StartFault(
            "Ray is not installed; in Scriptorium's folder run: pip install -c constraints.txt -e '.[cluster]'"
        )
    from model_server.deployments import started  # takes seconds, and Ray

    find(options.model, options.cache_dir, reporter.loading)  # what is wrong here is wrong everywhere
    port = options.port or _free_port(options.host)
    reporter.loading("starting Ray and the replicas")
    with started(options, size, port) as model:
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        reporter.ready(f"http://{options.host}:{port}/v1", model)
        told.wait()


def _free_port(host: str) -> int:
    """Choose a port, which Ray wants to be told. Raises StartFault."""
    try:
        with create_server((host, 0)) as listener:
            return listener.getsockname()[1]
    except OSError as error:
        raise StartFault(f"Cannot listen on {host} ({error.strerror}).") from error


if __name__ == "__main__":
    sys.exit(main())
