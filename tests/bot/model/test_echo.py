"""What was to be gone on from is not said twice, and nothing else is lost."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model.echo import Echo

LEAD = "The keeper climbed the stairs. At the top he saw a lamp, and"
TEXT = st.text(st.sampled_from("ab ."), max_size=30)


def heard(lead: str, pieces: list[str]) -> str:
    echo = Echo(lead)
    return "".join([echo.passed(piece) for piece in pieces]) + echo.rest()


def test_the_whole_beginning_is_taken_out():
    assert (
        heard(LEAD, ["The keeper", " climbed the stairs. At the top he saw a lamp", ", and", " a door."])
        == " a door."
    )


def test_so_is_its_last_sentence():
    assert heard(LEAD, ["\nAt the top he saw a lamp, and a door."]) == " a door."


def test_text_that_parts_ways_is_given_in_full():
    assert heard(LEAD, ["The keeper", " climbed", " a tree."]) == "The keeper climbed a tree."


def test_an_answer_that_ends_within_the_repetition_is_empty():
    assert heard(LEAD, ["The keeper climbed the sta"]) == ""


def test_text_comes_at_once_where_nothing_can_be_repeated():
    assert Echo().passed("At") == "At"


@given(TEXT, st.lists(TEXT))
def test_however_it_is_cut_the_end_is_whole(lead, pieces):
    whole, text = "".join(pieces), heard(lead, pieces)
    assert whole.endswith(text)
    assert heard(lead, [whole]) == text
