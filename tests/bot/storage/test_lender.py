"""Who gets the connection next."""

import asyncio

import pytest
from support.waiting import ENOUGH

from bot.storage.lender import Lender
from bot.workshop.errors import StoreBusy


async def order_of(lender: Lender, borrowers: str) -> str:
    """Let borrowers queue behind one that holds the connection: ``p`` the patient, others not."""
    served: list[str] = []

    async def borrow(name: str) -> None:
        async with lender.lend(patient=name == "p"):
            served.append(name)

    async with lender.lend():
        waiting = [asyncio.create_task(borrow(name)) for name in borrowers]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    return "".join(served)


async def test_first_come_first_served() -> None:
    assert await order_of(Lender(["connection"], ENOUGH), "abc") == "abc"


async def test_the_patient_let_everybody_else_go_first() -> None:
    assert await order_of(Lender(["connection"], ENOUGH), "papb") == "abpp"


async def test_nobody_waits_longer_than_the_patience() -> None:
    lender = Lender(["connection"], 0.01)
    async with lender.lend():
        with pytest.raises(StoreBusy):
            async with lender.lend():
                pass
    async with lender.lend() as connection:
        assert connection == "connection"


@pytest.mark.parametrize("steps", range(4))
async def test_a_borrower_who_gives_up_at_any_moment_keeps_nothing(steps: int) -> None:
    lender = Lender(["connection"], ENOUGH)

    async def borrow() -> None:
        async with lender.lend():
            await asyncio.sleep(0)

    async with lender.lend():
        waiting = asyncio.create_task(borrow())
        await asyncio.sleep(0)
    for _ in range(steps):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(ENOUGH), lender.lend() as connection:
        assert connection == "connection"
