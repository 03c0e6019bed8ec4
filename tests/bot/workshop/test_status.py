"""How the house is: the model, the store, what is going on."""

from sqlalchemy import text
from support.house import ANN, House, act

from bot.workshop.errors import ModelDown


async def test_a_house_that_is_well_says_what_is_going_on(house: House) -> None:
    session = await house.start()
    await house.workshop.writing.write(act(ANN, session), "One.")
    status = await house.workshop.library.status("guild")
    assert (status.model.name, status.model_fault) == ("scripted", None)
    assert (status.sessions, status.writing) == (1, 0)


async def test_a_model_that_is_away_is_told(house: House) -> None:
    async def away():
        raise ModelDown

    house.model.info = away
    status = await house.workshop.library.status("guild")
    assert (status.model, status.model_fault) == (None, "ModelDown")


async def test_a_store_that_nobody_may_write_to_is_told(house: House) -> None:
    async with house.ledger.writing() as tx:
        await tx.link.run(text("PRAGMA query_only = ON"))
    assert (await house.workshop.library.status("guild")).store_fault == "StoreReadOnly"
