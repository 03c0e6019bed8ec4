"""How pages are said: once, and their edits by what is new."""

from dataclasses import replace
from io import StringIO

import pytest
from support.samples import NOON, a_passage, a_session

from bot.story.ballot import Ballot, BallotState
from bot.story.manuscript import BallotId, JobId, Origin, SessionId
from bot.terminal import Paper, TerminalSender
from bot.terminal.sheets import draw
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    Choice,
    DraftingPage,
    EventPage,
    FailedPage,
    OpeningPage,
    Page,
    PassagePage,
    UnaddedPage,
    WritingPage,
)
from bot.workshop.records import JobState

SESSION = a_session(opener="local", opener_name="Mira")
PASSAGE = a_passage(
    "The door was green. It was ajar.", origin=Origin.MODEL, author="local", author_name="Mira", how=None
)
BALLOT = Ballot(BallotId(1), SESSION.id, None, "local", BallotState.OPEN, opened=NOON, closes=NOON)


class Screen:
    """A terminal sender whose paper can be read."""

    def __init__(self) -> None:
        self.stream = StringIO()
        self.sender = TerminalSender(Paper(self.stream))
        self.sender.room.enter(SESSION)

    async def post(self, page: Page) -> str:
        before = len(self.stream.getvalue())
        [sheet] = self.sender.draw(page)
        await self.sender.post("terminal-1", sheet, page.key)
        return self.stream.getvalue()[before:]

    async def edit(self, page: Page) -> str:
        before = len(self.stream.getvalue())
        [sheet] = self.sender.draw(page)
        await self.sender.edit("terminal-1", page.key, sheet)
        return self.stream.getvalue()[before:]


@pytest.fixture
def screen() -> Screen:
    return Screen()


def writing(text: str) -> WritingPage:
    return WritingPage("turn:1", SESSION, JobId(1), "Mira", text, seconds=2)


def added(text: str = PASSAGE.text) -> PassagePage:
    return PassagePage("turn:1", SESSION, replace(PASSAGE, text=text), newest=True, taken_back=False)


def vote(*texts: str, **facts) -> BallotPage:
    choices = tuple(Choice(number, text) for number, text in enumerate(texts, start=1))
    return BallotPage(
        "ballot:1", SESSION, **{"ballot": BALLOT, "choices": choices, "voted": 0, "needed": 2} | facts
    )


async def test_streamed_text_grows_where_it_stands(screen):
    assert await screen.post(writing("")) == ""
    assert await screen.edit(writing("The door")) == "The door"
    assert await screen.edit(writing("The door was green.")) == " was green."
    assert await screen.edit(added()) == " It was ajar.\n— the model, asked by Mira\n\n"


async def test_what_is_said_is_not_said_again(screen):
    await screen.post(added())
    assert await screen.edit(replace(added(), newest=False)) == ""
    assert draw(added()).fingerprint == draw(replace(added(), newest=False)).fingerprint


async def test_an_end_that_was_cut_off_is_told(screen):
    await screen.post(writing("The door was green. It w"))
    assert "left out" in await screen.edit(added("The door was green."))


async def test_another_text_than_streamed_is_said_whole(screen):
    await screen.post(writing("A wrong"))
    assert await screen.edit(added("Right.")) == "\nRight.\n— the model, asked by Mira\n\n"


async def test_another_line_ends_the_flow(screen):
    await screen.post(writing("The door"))
    screen.sender.paper.line("You voted.")
    assert await screen.edit(writing("The door was")) == " was"
    assert screen.stream.getvalue() == "The door\nYou voted.\n was"


async def test_a_stopped_continuation_offers_to_add_it(screen):
    page = UnaddedPage("turn:1", SESSION, JobId(1), "Mira", PASSAGE, ended=JobState.STOPPED, actionable=True)
    said = await screen.post(page)
    assert said.startswith(PASSAGE.text)
    assert "Stopped, and not added to the story. /add anyway" in said
    assert screen.sender.room.unadded == 1


async def test_nothing_written_is_nothing_to_add(screen):
    page = UnaddedPage("turn:1", SESSION, JobId(1), "Mira", None, ended=JobState.STOPPED, actionable=True)
    assert await screen.post(page) == "Stopped, and not added to the story.\n\n"


async def test_a_failure_is_told(screen):
    page = FailedPage("turn:1", SESSION, JobId(1), "Mira", "ModelDown", actionable=True)
    assert "does not answer" in await screen.post(page)


async def test_drafting_is_told_when_another_is_done(screen):
    page = DraftingPage("drafting:1", SESSION, JobId(1), "Mira", done=0, wanted=3, seconds=0, over=False)
    assert await screen.post(page) == "The model is drafting: 0 of 3. /stop stops it.\n"
    assert await screen.edit(replace(page, seconds=9)) == ""
    assert "1 of 3" in await screen.edit(replace(page, done=1, seconds=12))
    assert await screen.edit(replace(page, done=3, over=True)) == ""


async def test_a_vote_is_shown_whole_then_by_its_changes(screen):
    said = await screen.post(vote("First.", "Second."))
    assert "1. First.\n\n2. Second.\n\nNone of these: /vote 0\nVote with /vote 1 to /vote 2." in said
    assert await screen.edit(vote("First.", "Second.", voted=1)) == "1 person has voted; 2 votes needed.\n"
    late = await screen.edit(vote("First.", "Second.", "Late.", voted=1))
    assert "3. Late." in late
    assert "First." not in late


async def test_the_result_tells_votes_and_authors(screen):
    await screen.post(vote("First.", "Second."))
    said = await screen.edit(
        vote(
            ballot=replace(BALLOT, state=BallotState.COMMITTED, drawn=True),
            choices=(Choice(1, "First.", by="Ann", votes=1), Choice(2, "Second.", by="the model", votes=1)),
            voted=2,
            winner=2,
            none_votes=0,
        )
    )
    assert said.splitlines()[:4] == [
        "Candidate 2 was chosen and joins the story. A draw decided between equals.",
        "· 1 by Ann, 1 vote",
        "· 2 by the model, 1 vote",
        "· none of these, 0 votes",
    ]


async def test_a_card_opens_its_story_on_screen(screen):
    other = replace(SESSION, id=SessionId(2), title="Other")
    assert await screen.post(OpeningPage("opening:2", other, fresh=True)) == ""
    assert "Story #2 “Other”" in await screen.post(CardPage("card:2", other))
    assert screen.sender.room.open == 2
    assert SESSION.premise in await screen.post(OpeningPage("opening:2b", other, fresh=True))


async def test_other_stories_stay_silent(screen):
    other = replace(SESSION, id=SessionId(2))
    assert await screen.post(replace(added(), session=other)) == ""


async def test_what_went_on_elsewhere_is_said_whole_on_coming_back(screen):
    await screen.post(writing("The door"))
    screen.sender.room.enter(replace(SESSION, id=SessionId(2)))
    assert await screen.edit(writing("The door was")) == ""
    screen.sender.room.enter(SESSION)
    assert await screen.edit(writing("The door was green")) == "The door was green"


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (writing("x"), "the model is writing, 2 s"),
        (vote("a", voted=1), "a vote is open: 1 person has voted"),
        (added(), "the model writes along"),
    ],
)
async def test_the_headline_follows_the_pages(screen, page, told):
    await screen.post(page)
    assert told in screen.sender.room.headline()


async def test_the_port_is_kept(screen):
    assert await screen.sender.recent("terminal", NOON) == []
    assert await screen.sender.open_thread("terminal", "m1", "The Door") == "terminal-m1"
    assert await screen.sender.delete("terminal", "m1") is None
    assert screen.sender.pause("terminal") <= 0.1
    assert screen.sender.room.open == 1


async def test_the_same_nonce_says_nothing_twice(screen):
    assert await screen.post(added())
    assert await screen.post(added()) == ""


async def test_an_event_is_one_line(screen):
    page = EventPage("event:1", SESSION, "undone", actor="Mi\nra", at=NOON)
    assert await screen.post(page) == "Mi ra took back the newest passage.\n\n"
