"""Where pages stand, and which of them may move to the thread's end."""

import pytest

from bot.delivery.places import may_move, place_of
from bot.delivery.sender import PlaceGone
from bot.story.manuscript import JobId
from bot.workshop.pages import CardPage, DraftingPage, FailedPage, OpeningPage, UnaddedPage, WritingPage
from bot.workshop.records import JobState

JOB = JobId(1)


@pytest.fixture
def kept(house, session):
    return house.desk.sessions[session]


async def test_the_card_stands_in_the_channel_and_all_else_in_the_thread(kept):
    assert place_of(CardPage("card:1", kept)) == kept.channel
    assert place_of(OpeningPage("opening:1", kept, fresh=True)) == kept.thread


async def test_without_a_thread_there_is_no_place(house):
    unopened = house.desk.sessions[house.start(1)]
    with pytest.raises(PlaceGone):
        place_of(OpeningPage("opening:1", unopened, fresh=True))


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_page_moves_only_while_people_act_on_it(kept, wanted):
    drafting = DraftingPage("drafting:1", kept, JOB, "Ann", done=0, wanted=3, seconds=1, over=not wanted)
    unadded = UnaddedPage("turn:1", kept, JOB, "Ann", None, ended=JobState.STOPPED, actionable=wanted)
    failed = FailedPage("turn:1", kept, JOB, "Ann", "ModelDown", actionable=wanted)
    assert [may_move(page) for page in (drafting, unadded, failed)] == [wanted] * 3


async def test_what_is_being_written_moves_and_what_a_thread_hangs_on_does_not(kept):
    assert may_move(WritingPage("turn:1", kept, JOB, "Ann", "Once", 3))
    assert not may_move(CardPage("card:1", kept))
    assert not may_move(OpeningPage("opening:1", kept, fresh=True))
