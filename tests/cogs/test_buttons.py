import pytest

from bot.story.manuscript import SessionId
from cogs import buttons
from cogs.buttons import Ticket, read, ticket
from cogs.views.forms import passage_form
from cogs.views.presses import FORMS, PRESSES, Press

EVERY_BUTTON = [
    buttons.continue_(1),
    buttons.write(1),
    buttons.undo(1, 2),
    buttons.help_(),
    buttons.stop(1, 2),
    buttons.add_anyway(1, 2),
    buttons.retry_from_here(1, 2),
    *(button for row in buttons.ballot(1, 2, tuple(range(1, 9))) for button in row),
    *(button for row in buttons.sure("undo", 1, 2) for button in row),
    *(button for row in buttons.sure_of_oneself("text", 3) for button in row),
    *(button for row in buttons.turn(1, 2, 3) for button in row),
    *(button for row in buttons.reopen([1]) for button in row),
]


@pytest.mark.parametrize("button", EVERY_BUTTON, ids=lambda button: button.label)
def test_every_button_is_found_again_by_its_id(button):
    assert Press.__discord_ui_compiled_template__.fullmatch(button.id)
    assert read(button.id).deed in PRESSES
    assert len(button.id) <= 100


def test_every_press_has_a_button():
    assert {read(button.id).deed for button in EVERY_BUTTON} == set(PRESSES)


async def test_a_form_is_found_again_by_its_id():
    assert read(passage_form(SessionId(7)).custom_id) == Ticket("write", ("7",))
    assert set(FORMS) == {"write", "start", "begin", "style"}


def test_ids_carry_numbers_in_order():
    assert ticket("vote", 1, 2, 3) == "sc:vote:1:2:3"
    assert read("sc:vote:1:2:3").number(1) == 2


@pytest.mark.parametrize("other", ["", "sc:", "poll:vote:1", "vote"])
def test_ids_of_others_are_left_alone(other):
    assert read(other) is None


def test_there_is_no_page_before_the_first_or_after_the_last():
    assert [button.label for row in buttons.turn(1, 1, 2) for button in row] == ["Next"]
    assert [button.label for row in buttons.turn(1, 2, 2) for button in row] == ["Previous"]
    assert buttons.turn(1, 1, 1) == ()
