"""`make preview`: the real bot on the real model in a browser, without a Discord account."""

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import Final

from bot.model import Progress, Ready
from preview.frontdoor import PortTaken, open_front_door
from preview.stage import begin_a_story, open_stage

PORT: Final = 8620
WELCOME: Final = """Scriptorium, a preview. Open {address} in a browser; Ctrl+C ends it.
The model is loading meanwhile; what you ask of it before is answered as soon as it is ready."""


async def run(port: int) -> None:
    """Keep the stage and its front door open until a signal ends it."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    with tempfile.TemporaryDirectory() as kept:
        async with open_stage(Path(kept), os.environ, _tell) as stage:
            await begin_a_story(stage)
            async with open_front_door(stage, port) as address:
                print(WELCOME.format(address=address), flush=True)
                await ended.wait()


def _tell(news: Progress) -> None:
    if isinstance(news, Ready):
        print(f"The model is ready: {news.model}.", flush=True)


def main() -> int:
    """Run the preview; PORT in the environment names another port. Returns 2 where that is taken."""
    code, port = 0, int(os.environ.get("PORT", PORT))
    try:
        asyncio.run(run(port))
    except* PortTaken:
        code = 2
        print(f"preview: port {port} is taken; name another: PORT={port + 1} make preview", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
