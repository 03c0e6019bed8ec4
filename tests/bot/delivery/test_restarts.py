"""Whatever fails and whenever delivery dies, each page stands once, in order, as it is now."""

import asyncio
from dataclasses import dataclass
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

SESSIONS = (1, 2)
LOOKS = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("|".join)
PAGES = st.sampled_from(["event:1", "event:2", "event:3"])


@dataclass(frozen=True)
class Show:
    """A page changes for good."""

    session: int
    page: str
    look: str


@dataclass(frozen=True)
class Stream:
    """A live page has new text; its last state will be committed some time later."""

    session: int
    page: str
    look: str


@dataclass(frozen=True)
class Work:
    """Delivery is left to work for some turns of the loop."""

    turns: int


@dataclass(frozen=True)
class Crash:
    """Delivery dies where it stands, and a fresh one starts."""


@dataclass(frozen=True)
class Tidy:
    """A person deletes a message."""

    choice: int


HAPPENINGS = st.lists(
    st.one_of(
        st.builds(Show, st.sampled_from(SESSIONS), PAGES, LOOKS),
        st.builds(Stream, st.sampled_from(SESSIONS), PAGES, LOOKS),
        st.builds(Work, st.integers(1, 60)),
        st.builds(Work, st.integers(1, 60)),
        st.builds(Crash),
        st.builds(Tidy, st.integers(0, 100)),
    ),
    max_size=25,
)


class Evening:
    """Lets things happen to a house, and looks at what stands in the end."""

    def __init__(self, house, chance: Random, remembers_nonces: bool) -> None:
        self.house, self.chance = house, chance
        self.house.chat.remembers_nonces = remembers_nonces
        self.house.chat.trouble = self.trouble
        self.sessions = {number: house.start(number) for number in SESSIONS}
        self.deleted: set[str] = set()
        self.first: dict[str, None] = {}
        self.live: dict[tuple[int, str], str] = {}
        self.task = self.begin()

    def trouble(self) -> str | None:
        """30 % of all calls fail, half of them after the work was done."""
        return self.chance.choice(["before", "after"]) if self.chance.random() < 0.3 else None

    def begin(self) -> asyncio.Task[None]:
        async def forever() -> None:
            async with self.house.delivering():
                await asyncio.Event().wait()

        return asyncio.create_task(forever())

    async def happen(self, happening: Show | Stream | Work | Crash | Tidy) -> None:
        match happening:
            case Show(number, page, look):
                key = f"{page}{number}"
                self.live.pop((number, key), None)
                self.first.setdefault(key)
                self.house.show(self.sessions[number], key, look)
            case Stream(number, page, look) if f"{page}{number}" in self.first:
                self.live[number, f"{page}{number}"] = look
                self.house.stream(self.sessions[number], f"{page}{number}", look)
            case Work(turns):
                for _ in range(turns):
                    await asyncio.sleep(0)
            case Crash():
                await self.end()
                self.task = self.begin()
            case Tidy(choice):
                self.tidy(choice)
            case _:
                pass

    def tidy(self, choice: int) -> None:
        chat, shown = self.house.chat, self.house.desk.record.values()
        standing = [(one.place, one.message) for one in shown if one.message in chat.places[one.place]]
        standing = [each for each in standing if each[0] != "hall"]
        if standing:
            place, message = standing[choice % len(standing)]
            del chat.places[place][message]
            self.deleted.add(message)

    async def end(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def calm(self) -> None:
        """Every live page gets its last state, faults cease, and delivery ends its work."""
        for (number, key), look in self.live.items():
            self.house.show(self.sessions[number], key, look)
        await self.happen(Crash())
        await self.end()
        self.house.chat.trouble = lambda: None
        await self.house.deliver()

    def look_around(self) -> None:
        chat, desk = self.house.chat, self.house.desk
        assert not desk.rows
        assert sorted(chat.texts("hall")) == [f"card {number}" for number in SESSIONS]
        assert len(chat.places) == 1 + len(SESSIONS), "one thread a session"
        owners = {one.message: one for one in desk.record.values() if one.message}
        for place, messages in chat.places.items():
            for message, what in messages.items():
                assert message in owners, f"{what.text!r} stands twice in {place}"
                assert owners[message].place == place
        for key, session in desk.owners.items():
            self.look_at(key, self.house.place(session))
        for session in self.sessions.values():
            self.look_at_order(self.house.place(session))

    def look_at(self, key: str, place: str) -> None:
        """All of a page's parts stand, in order and as they are now, but for those that people deleted."""
        chat, desk = self.house.chat, self.house.desk
        looks = [sheet.fingerprint for sheet in chat.draw(desk._page(key))]
        place = "hall" if key.startswith("card") else place
        standing = []
        for part, look in enumerate(looks):
            message = desk.record[key, part].message
            if message in chat.places[place]:
                assert chat.places[place][message].text == look
                standing.append(message)
            else:
                assert message in self.deleted, f"part {part} of {key} is missing"
        owned = [one.message for at, one in desk.record.items() if at[0] == key]
        assert {each for each in owned if each in chat.places[place]} == set(standing), "no surplus"
        if not self.deleted:
            assert standing == sorted(standing)

    def look_at_order(self, place: str) -> None:
        """Pages stand in the order of their first rows."""
        begun = [
            self.house.desk.record[key, 0].message
            for key in self.first
            if self.house.desk.record[key, 0].place == place
        ]
        assert begun == sorted(begun)


@settings(max_examples=200)
@given(happenings=HAPPENINGS, seed=st.integers(0, 2**32), remembers_nonces=st.booleans())
def test_each_page_stands_once_in_order_and_up_to_date(build, happenings, seed, remembers_nonces):
    async def evening() -> None:
        evening = Evening(build(), Random(seed), remembers_nonces)
        for happening in happenings:
            await evening.happen(happening)
        await evening.calm()
        evening.look_around()

    asyncio.run(evening())
