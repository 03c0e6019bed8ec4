"""Hints stand below people's messages for a while, also where the bot ends meanwhile."""

import pytest
from support.house import ANN, House

from bot.workshop.acts import Act
from bot.workshop.pages import HintPage


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "story.db")


def there(session):
    return Act(ANN, "guild", f"thread-{session}")


async def test_a_hint_goes_when_it_is_withdrawn(house) -> None:
    async with house.opened():
        session = await house.start()
        page = await house.workshop.hints.note(there(session), "99")
        before = await house.rows(session)
        await house.workshop.hints.withdraw(page)
        assert page not in before
        assert await house.rows(session) == [page]
        assert isinstance(await house.workshop.desk.page(page), HintPage)


async def test_a_hint_that_the_run_before_left_goes_at_the_next_start(house) -> None:
    async with house.opened():
        session = await house.start()
        await house.rows(session)
        page = await house.workshop.hints.note(there(session), "99")
    async with house.opened():
        assert await house.rows(session) == [page]


async def test_one_that_is_gone_is_not_sought_again(house) -> None:
    async with house.opened():
        session = await house.start()
        await house.rows(session)
        page = await house.workshop.hints.note(there(session), "99")
        await house.workshop.desk.remove(page, 0)
    async with house.opened():
        assert await house.rows(session) == []


async def test_where_no_story_is_nothing_is_noted(house) -> None:
    async with house.opened():
        assert await house.workshop.hints.note(Act(ANN, "guild", "elsewhere"), "99") is None
