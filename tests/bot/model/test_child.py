"""A child gives way to the bot that started it."""

import os
import sys
from pathlib import Path

import pytest

from bot.model.child import LOWER_PRIORITY, SESSION_PRIORITY, started

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


async def test_a_child_has_a_lower_priority():
    async with started(WAITS, os.environ, "secret", 1.0) as child:
        ours = os.getpriority(os.PRIO_PROCESS, 0)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == min(19, ours + LOWER_PRIORITY)


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="only Linux weighs sessions")
async def test_its_session_has_a_lower_priority_too():
    async with started(WAITS, os.environ, "secret", 1.0) as child:
        assert weight_of_session(child.pid) == SESSION_PRIORITY


def weight_of_session(pid: int) -> int:
    return int(Path(f"/proc/{pid}/autogroup").read_text().split()[-1])
