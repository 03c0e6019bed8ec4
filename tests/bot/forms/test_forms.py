"""What each form asks for, and the shape of what comes next."""

import pytest

from bot.forms import FORMS, POEMS, STORY, form_of
from bot.forms.free_verse import FREE_VERSE
from bot.forms.haiku import HAIKU
from bot.forms.sonnet import SONNET


def test_each_form_is_found_by_its_name_and_no_two_share_one() -> None:
    assert [form_of(form.name) for form in FORMS] == list(FORMS)
    assert form_of("a form of yesterday") is STORY


def test_every_poem_has_a_shape_and_says_how_many_lines_it_wants() -> None:
    assert {form.name for form in POEMS} == {"haiku", "limerick", "sonnet", "free verse"}
    assert all(form.verse and "{lines}" in form.first and "{lines}" in form.later for form in POEMS)


@pytest.mark.parametrize(("form", "lines"), [("haiku", 3), ("limerick", 5), ("sonnet", 14)])
def test_the_first_passage_is_the_whole_poem(form: str, lines: int) -> None:
    shape = form_of(form).verse.shape(0)
    assert (shape.least, shape.most) == (lines, lines)


@pytest.mark.parametrize(("written", "lines"), [(1, 2), (3, 3), (4, 2)])
def test_a_haiku_that_somebody_began_is_filled(written: int, lines: int) -> None:
    assert HAIKU.verse.shape(written).least == lines


@pytest.mark.parametrize(("written", "lines"), [(4, 4), (6, 2), (12, 2), (14, 4)])
def test_a_sonnet_goes_on_stanza_by_stanza(written: int, lines: int) -> None:
    assert SONNET.verse.shape(written).least == lines


def test_a_stanza_stands_apart_and_the_rest_of_one_does_not() -> None:
    assert HAIKU.verse.opens_stanza(3)
    assert not HAIKU.verse.opens_stanza(1)


def test_free_verse_follows_the_length_that_is_asked_for() -> None:
    lengths = [FREE_VERSE.verse.shape(0, length).most for length in ("short", "medium", "long")]
    assert lengths == [4, 8, 16]
