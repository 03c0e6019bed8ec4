"""A stage and a small model for the evening's tests; without the loopback Discord's folder they are skipped."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from evening.small_model import SmallModel
from evening.stage import FOLDER, Stage, open_stage


@pytest.fixture(autouse=True)
def _loopback_discord() -> None:
    if not FOLDER:
        pytest.skip("FAKECORD is unset: it names the folder of the loopback Discord that this test plays on")


@pytest_asyncio.fixture
async def stage(_loopback_discord: None, tmp_path: Path) -> AsyncGenerator[Stage, None]:
    async with open_stage(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def small() -> AsyncGenerator[SmallModel, None]:
    async with SmallModel().opened() as model:
        yield model
