"""llama.cpp's server as xllamacpp carries it, built for any machine: slower than a native build of it.

python -m benchmarks.serving_prebuilt -m MODEL.gguf --port 8080 [-c 8192] [-np 4] [-kvu] [-t 2] [--api-key KEY]
"""

import argparse
import signal
from importlib import import_module
from typing import Any

xllamacpp: Any = import_module("xllamacpp")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-m", dest="model", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api-key")
    parser.add_argument("-c", dest="context", type=int, default=8192)
    parser.add_argument("-np", dest="slots", type=int, default=4)
    parser.add_argument("-t", dest="threads", type=int, default=2)
    parser.add_argument("-kvu", dest="shared", action="store_true", help="one cache for all slots")
    parser.add_argument("-no-kvu", dest="shared", action="store_false")
    server = serve(parser.parse_args())
    print(server.listening_address, flush=True)
    signal.pause()  # its threads serve until a signal ends the process


def serve(asked: argparse.Namespace) -> Any:
    """Load the model and listen."""
    params = xllamacpp.CommonParams()
    params.model.path = asked.model
    params.hostnames, params.port = [asked.host], asked.port
    params.n_ctx, params.n_parallel, params.kv_unified = asked.context, asked.slots, asked.shared
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = asked.threads
    params.api_keys = [asked.api_key] if asked.api_key else []
    params.ui = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
