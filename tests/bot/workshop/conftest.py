import pytest
from support.house import House


@pytest.fixture
async def house(tmp_path):
    async with House(tmp_path / "story.db").opened() as house:
        yield house
