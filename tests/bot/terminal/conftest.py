from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

import pytest
from support.house import House

from bot.delivery.courier import Delivery
from bot.terminal import Paper, Terminal, TerminalSender

Typing = Callable[..., Awaitable[str]]


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    return tmp_path / "exports"


@pytest.fixture
async def house(tmp_path: Path):
    house = House(tmp_path / "story.db")
    house.courier = Delivery(now=house.now)
    async with house.opened():
        yield house


@pytest.fixture
def typed(house: House, exports: Path, tmp_path: Path) -> Typing:
    """Give lines to a fresh terminal, as from a pipe, and return all that it says."""

    async def give(*lines: str, name: str = "Mira") -> str:
        script = tmp_path / "script"
        script.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        screen = StringIO()
        sender = TerminalSender(Paper(screen))
        with script.open(encoding="utf-8") as stdin:
            terminal = Terminal(house.workshop, sender, name=name, exports=exports, stdin=stdin)
            async with house.courier.open(house.workshop.desk, sender):
                await terminal.run()
        return screen.getvalue()

    return give
