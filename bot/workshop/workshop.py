"""The workshop as one object: its rooms, built and closed in one place."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.story.presets import BUILT_IN
from bot.workshop.acts import Deeds, Limits
from bot.workshop.ballots import BallotBox
from bot.workshop.beats import Beats
from bot.workshop.binder import Binder
from bot.workshop.desk import Desk
from bot.workshop.drafting import Drafting
from bot.workshop.draftsman import Draftsman
from bot.workshop.endings import Endings
from bot.workshop.hearing import Hearing
from bot.workshop.hints import Hints
from bot.workshop.house import ServerHouse
from bot.workshop.keeper import Keeper
from bot.workshop.library import Export, History, Library
from bot.workshop.moderation import Moderation
from bot.workshop.owing import Owing
from bot.workshop.planner import Planner
from bot.workshop.ports import Courier, Ledger, Model
from bot.workshop.presets import PresetShelf
from bot.workshop.privacy import Privacy
from bot.workshop.removing import Removing
from bot.workshop.reopening import Reopening
from bot.workshop.scribe import Scribe
from bot.workshop.sessions import Sessions
from bot.workshop.sweeper import Sweeper
from bot.workshop.voting import Voting
from bot.workshop.writing import Writing


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where people open sessions, write, ask the model, vote and read."""

    sessions: Sessions
    reopening: Reopening
    writing: Writing
    drafting: Drafting
    hearing: Hearing
    hints: Hints
    voting: Voting
    beats: Beats
    presets: PresetShelf
    moderation: Moderation
    removing: Removing
    house: ServerHouse
    privacy: Privacy
    owing: Owing
    library: Library
    desk: Desk


@dataclass(frozen=True, slots=True)
class Tools:
    """What the workshop is built from; clock and randomness are passed in, so that tests can hold them."""

    ledger: Ledger
    model: Model
    courier: Courier
    markdown: Callable[[History], Export]
    now: Callable[[], datetime]
    chance: random.Random
    limits: Limits
    store: str


@asynccontextmanager
async def open_workshop(tools: Tools) -> AsyncGenerator[Workshop, None]:
    """Open the workshop: presets in place, the model's unfinished jobs and all deadlines taken up again.

    On leaving, deeds under way are finished and the model's jobs are left for the next start.
    """
    deeds = Deeds(tools.ledger, tools.courier, tools.now, tools.chance, tools.limits)
    box = BallotBox(deeds)
    endings = Endings(deeds, box)
    scribe = Scribe(deeds, Draftsman(deeds, tools.model), Planner(tools.model), endings)
    binder = Binder(deeds, scribe, box)
    async with tools.ledger.writing() as tx:
        await tx.presets.ensure(BUILT_IN)
    sweeper = Sweeper(tools.ledger, tools.now)
    hints = Hints(deeds)
    await hints.clear()
    servants = [
        asyncio.create_task(Keeper(deeds, box).run(), name="keeper"),
        asyncio.create_task(sweeper.run(), name="sweeper"),
    ]
    await scribe.resume()
    try:
        yield Workshop(
            sessions=Sessions(deeds, scribe),
            reopening=Reopening(deeds),
            writing=(writing := Writing(deeds, scribe, box)),
            hearing=Hearing(deeds, writing),
            hints=hints,
            drafting=Drafting(deeds, scribe, endings),
            voting=Voting(deeds, box),
            beats=Beats(deeds),
            presets=PresetShelf(deeds, tools.model),
            moderation=Moderation(deeds, box),
            removing=Removing(deeds, sweeper),
            house=ServerHouse(deeds),
            privacy=Privacy(deeds, scribe, endings, sweeper),
            owing=Owing(deeds),
            library=Library(deeds, tools.model, binder, tools.markdown, tools.store),
            desk=Desk(tools.ledger, binder),
        )
    finally:
        await deeds.settle()
        for servant in servants:
            servant.cancel()
        await asyncio.gather(*servants, return_exceptions=True)
        await scribe.close()
