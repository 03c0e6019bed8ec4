"""A bot that is killed at any of its lines leaves everything acknowledged, once; a mistake there is noticed."""

import os
from contextlib import aclosing
from pathlib import Path

import pytest
from evening.crash_choice import summary
from evening.crashpoints import BUGS, outcomes

POINTS, SEED = 66, 1

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("FAKECORD"),
        reason="FAKECORD is unset: it names the folder of the loopback Discord that this test plays on",
    ),
]


async def test_a_bot_killed_at_any_line_comes_back_with_everything_once(tmp_path: Path) -> None:
    seen = [outcome async for outcome in outcomes(POINTS, SEED, tmp_path)]
    print(*seen, summary([outcome.point for outcome in seen]), sep="\n")
    assert [outcome for outcome in seen if outcome.faults] == []
    assert len({outcome.point.place for outcome in seen}) >= 40
    assert len({outcome.point.place for outcome in seen if outcome.point.near}) >= 15


@pytest.mark.parametrize("bug", BUGS)
async def test_a_mistake_that_loses_or_repeats_something_is_caught(bug: str, tmp_path: Path) -> None:
    async with aclosing(outcomes(POINTS, SEED, tmp_path, bug)) as seen:
        async for outcome in seen:
            if outcome.faults:
                return
    pytest.fail(f"{bug} was not caught at any point")
