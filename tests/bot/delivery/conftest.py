"""A chat and a desk held in memory: small, real, and able to fail at every await."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from support.samples import a_passage
from support.waiting import ENOUGH

from bot.delivery.courier import Delivery
from bot.delivery.pace import Pace
from bot.delivery.sender import Forbidden, MessageGone, PlaceGone, Refused, Seen, TooOld, Unsure
from bot.story.ballot import Ballot, BallotState
from bot.story.manuscript import AiMode, BallotId, Session, SessionId, SessionState
from bot.story.presets import BUILT_IN
from bot.workshop.pages import BallotPage, CardPage, Choice, EventPage, Page, PassagePage
from bot.workshop.records import OutboxRow, Shown

T = TypeVar("T")
CHANNEL = "hall"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A second passes between any two looks at it."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time


@dataclass(frozen=True, slots=True)
class Note:
    """A sheet of the chat: what it says is what it looks like."""

    fingerprint: str


@dataclass(slots=True)
class Message:
    text: str
    sent: datetime


@dataclass
class Chat:
    """A far side. ``trouble`` says of each call whether it fails, ``before`` or ``after`` the work."""

    now: Callable[[], datetime]
    trouble: Callable[[], str | None] = lambda: None
    remembers_nonces: bool = True
    blind: bool = False
    patience: float = 0.0
    places: dict[str, dict[str, Message]] = field(default_factory=lambda: {CHANNEL: {}})
    nonces: dict[str, str] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    hung: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    too_old: set[str] = field(default_factory=set)
    sent: int = 0

    def draw(self, page: Page) -> list[Note]:
        match page:
            case CardPage(session=session):
                return [Note(session.title)]
            case BallotPage(choices=choices):
                return [Note(choice.text) for choice in choices]
            case PassagePage(passage=passage):
                return [Note(passage.text or "[removed]")]
            case EventPage(kind=kind):
                return [Note(text) for text in kind.split("|")]
            case _:
                raise AssertionError(page)

    async def post(self, place: str, sheet: Note, nonce: str) -> str:
        def work() -> str:
            known = self.nonces.get(nonce) if self.remembers_nonces else None
            if known is not None and known in self.places[place]:
                return known
            self.sent += 1
            message = f"m{self.sent:04}"
            self.places[place][message] = Message(sheet.fingerprint, self.now())
            self.nonces[nonce] = message
            return message

        if sheet.fingerprint in self.refused:
            raise Refused("400")
        return await self._call("post", place, work)

    async def edit(self, place: str, message: str, sheet: Note) -> None:
        def work() -> None:
            self._message(place, message).text = sheet.fingerprint

        if message in self.too_old:
            raise TooOld("30046")
        await self._call("edit", place, work)

    async def delete(self, place: str, message: str) -> None:
        def work() -> None:
            self._message(place, message)
            del self.places[place][message]

        await self._call("delete", place, work)

    async def open_thread(self, place: str, message: str, title: str) -> str:
        def work() -> str:
            self._message(place, message)
            self.places.setdefault(f"thread of {message}", {})
            return f"thread of {message}"

        return await self._call("open", place, work)

    async def recent(self, place: str, since: datetime) -> list[Seen]:
        def work() -> list[Seen]:
            messages = () if self.blind else self.places[place].items()
            return [Seen(key, message.text) for key, message in messages if message.sent >= since]

        return await self._call("recent", place, work)

    def pause(self, place: str) -> float:
        return self.patience

    def texts(self, place: str) -> list[str]:
        return [message.text for message in self.places[place].values()]

    def count(self, verb: str) -> int:
        return sum(call[0] == verb for call in self.calls)

    def _message(self, place: str, message: str) -> Message:
        if message not in self.places[place]:
            raise MessageGone(message)
        return self.places[place][message]

    async def _call(self, verb: str, place: str, work: Callable[[], T]) -> T:
        self.calls.append((verb, place))
        await asyncio.sleep(0)
        if place in self.hung:
            await asyncio.Event().wait()
        if place in self.forbidden:
            raise Forbidden(place)
        if place not in self.places:
            raise PlaceGone(place)
        trouble = self.trouble()
        if trouble == "before":
            raise Unsure("503")
        result = work()
        await asyncio.sleep(0)
        if trouble == "after":
            raise Unsure("503")
        return result


@dataclass
class Desk:
    """Sessions, pages and rows as a store would keep them; a commit may be cancelled before or after."""

    sessions: dict[SessionId, Session] = field(default_factory=dict)
    owners: dict[str, SessionId] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)
    rows: list[OutboxRow] = field(default_factory=list)
    record: dict[tuple[str, int], Shown] = field(default_factory=dict)
    lost: list[SessionId] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    added: int = 0

    async def waiting(self) -> Sequence[SessionId]:
        return await self._read(sorted({row.session for row in self.rows}))

    async def next(self, session: SessionId) -> OutboxRow | None:
        return await self._read(next((row for row in self.rows if row.session == session), None))

    async def page(self, key: str) -> Page:
        if key in self.broken:
            raise ZeroDivisionError(key)
        return await self._read(self._page(key))

    async def shown(self, page: str) -> Sequence[Shown]:
        return await self._read([self.record[at] for at in sorted(self.record) if at[0] == page])

    async def known(self, place: str) -> Sequence[str]:
        return await self._read([one.message for one in self.record.values() if one.message])

    async def put(self, shown: Shown) -> None:
        await self._commit(lambda: self._put(shown))

    async def remove(self, page: str, part: int) -> None:
        await self._commit(lambda: self.record.pop((page, part), None))

    async def done(self, row: OutboxRow, shown: Sequence[Shown]) -> None:
        def work() -> None:
            for one in shown:
                self._put(one)
            self.rows = [one for one in self.rows if one.page != row.page or one.id > row.id]

        await self._commit(work)

    async def thread_opened(self, session: SessionId, thread: str) -> None:
        await self._commit(lambda: self._bind(session, thread))

    async def thread_lost(self, session: SessionId) -> None:
        def work() -> None:
            self.lost.append(session)
            self.rows = [row for row in self.rows if row.session != session]

        await self._commit(work)

    def add(self, session: SessionId, page: str) -> None:
        self.added += 1
        self.rows.append(OutboxRow(self.added, session, page))

    def _put(self, shown: Shown) -> None:
        self.record[shown.page, shown.part] = shown

    def _bind(self, session: SessionId, thread: str) -> None:
        self.sessions[session] = replace(self.sessions[session], thread=thread)

    def _page(self, key: str) -> Page:
        session, look = self.sessions[self.owners[key]], self.looks[key]
        if key.startswith("card:"):
            return CardPage(key, session)
        if key.startswith("ballot:"):
            ballot = Ballot(BallotId(1), session.id, None, "1", BallotState.OPEN)
            choices = tuple(Choice(number, text) for number, text in enumerate(look.split("|"), 1))
            return BallotPage(key, session, ballot, choices, voted=0, needed=2)
        if key.startswith("passage:"):
            return PassagePage(key, session, a_passage(look), newest=False, taken_back=False)
        return EventPage(key, session, look, "Ann", START)

    async def _read(self, value: T) -> T:
        await asyncio.sleep(0)
        return value

    async def _commit(self, work: Callable[[], object]) -> None:
        await asyncio.sleep(0)
        work()
        await asyncio.sleep(0)


class House:
    """A desk, a chat, and the delivery between them."""

    def __init__(self, pace: Pace = Pace(first=0, longest=0, forbidden=0)) -> None:  # noqa: B008 (frozen)
        self.clock, self.desk = Clock(), Desk()
        self.chat = Chat(lambda: self.clock() - timedelta(seconds=60))  # the far side's clock is slow
        self.delivery = Delivery(now=self.clock, pace=pace, jitter=lambda: 0.0)

    @asynccontextmanager
    async def delivering(self) -> AsyncGenerator[Delivery, None]:
        async with self.delivery.open(self.desk, self.chat):
            yield self.delivery

    async def deliver(self) -> None:
        """Deliver all that waits."""
        async with self.delivering() as delivery:
            await asyncio.wait_for(delivery.quiet(), ENOUGH)

    def start(self, number: int) -> SessionId:
        """Begin a session: a card, a thread from it, the thread's first message."""
        session = SessionId(number)
        self.desk.sessions[session] = Session(
            session,
            "guild",
            CHANNEL,
            None,
            f"card {number}",
            "story",
            "",
            BUILT_IN[0],
            AiMode.FULL,
            SessionState.WRITING,
            "1",
            "Ann",
            None,
            START,
            START,
        )
        self.show(session, f"card:{number}", "")
        self.desk.add(session, f"thread:{number}")
        self.show(session, f"opening:{number}", "welcome")
        return session

    def show(self, session: SessionId, page: str, look: str) -> None:
        """Commit a page's new state; ``|`` parts its messages."""
        self.desk.owners[page], self.desk.looks[page] = session, look
        self.desk.add(session, page)
        self.delivery.collect(session)

    def stream(self, session: SessionId, page: str, look: str) -> None:
        """Give a live page new text."""
        self.desk.owners[page], self.desk.looks[page] = session, look
        self.delivery.refresh(session, page)

    def thread(self, session: SessionId) -> list[str]:
        """Return the messages of the session's thread."""
        return self.chat.texts(self.place(session))

    def place(self, session: SessionId) -> str:
        thread = self.desk.sessions[session].thread
        assert thread is not None
        return thread


@pytest.fixture(scope="session")
def build() -> type[House]:
    return House


@pytest.fixture
async def house(build: type[House]) -> House:
    return build()


@pytest.fixture
async def session(house: House) -> SessionId:
    """A session whose thread is open."""
    session = house.start(1)
    await house.deliver()
    house.chat.calls.clear()
    return session


@pytest.fixture
def patient() -> Pace:
    """A pace whose waits outlast any test."""
    return Pace(first=600, longest=600, forbidden=600)
