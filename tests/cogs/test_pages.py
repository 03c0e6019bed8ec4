from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.samples import NOON, a_passage, a_session

from bot.story.ballot import Ballot, BallotState
from bot.story.manuscript import AiMode, Origin, SessionState
from bot.workshop.pages import (
    BallotPage,
    CardPage,
    Choice,
    DraftingPage,
    EventPage,
    FailedPage,
    OpeningPage,
    PassagePage,
    UnaddedPage,
    WritingPage,
)
from bot.workshop.records import JobState
from cogs.ballots import share
from cogs.pages import draw
from cogs.sheets import weight

SESSION = a_session(id=7, guild="1", channel="2", thread="3", opener="4", head=9)
PASSAGE = a_passage(number=9, session=7, author="4")
BALLOT = Ballot(5, 7, 9, "4", BallotState.OPEN, opened=NOON, closes=NOON)

TEXT = st.text(alphabet="ab`*#<>@[]()|\\-é🦭 \n", max_size=9000).filter(lambda text: text.strip())
NAME = st.text(min_size=1, max_size=32)


def newest(passage=PASSAGE, session=SESSION):
    return PassagePage("passage:9", session, passage, newest=True, taken_back=False)


def ballot(texts=("One.", "Two."), state=BallotState.OPEN, **facts):
    over = state is not BallotState.OPEN
    choices = tuple(
        Choice(number, text, by="Ann" if over else None, votes=number if over else None)
        for number, text in enumerate(texts, 1)
    )
    return BallotPage("ballot:5", SESSION, replace(BALLOT, state=state), choices, voted=3, needed=2, **facts)


def labels(sheets):
    return [button.label for sheet in sheets for row in sheet.rows for button in row]


def fits(sheets):
    for sheet in sheets:
        assert sheet.content.strip() or sheet.cards
        assert weight(sheet.content) <= 2000
        assert len(sheet.cards) <= 10
        assert all(weight(card.text) <= 4096 and weight(card.title) <= 256 for card in sheet.cards)
        assert sum(weight(card.text + card.title + card.footer) for card in sheet.cards) <= 6000
        assert len(sheet.rows) <= 5
        assert all(1 <= len(row) <= 5 for row in sheet.rows)
        ids = [button.id for row in sheet.rows for button in row]
        assert len(set(ids)) == len(ids)
        assert all(len(one) <= 100 for one in ids)
    return True


@given(TEXT, NAME)
def test_every_page_keeps_to_discords_limits(text, name):
    session = replace(SESSION, premise=text, title=name, opener_name=name)
    passage = replace(PASSAGE, text=text, author_name=name)
    assert fits(draw(CardPage("card:7", session)))
    assert fits(draw(OpeningPage("opening:7", session, fresh=True)))
    assert fits(draw(newest(passage)))
    assert fits(draw(PassagePage("passage:9", session, passage, newest=False, taken_back=True)))
    assert fits(draw(WritingPage("turn:1", session, 1, name, text, 3)))
    assert fits(
        draw(UnaddedPage("turn:1", session, 1, name, passage, ended=JobState.STOPPED, actionable=True))
    )
    assert fits(draw(EventPage("event:1", session, "undone", name, NOON)))


@given(st.lists(TEXT, min_size=1, max_size=8), st.sampled_from([BallotState.OPEN, BallotState.COMMITTED]))
def test_every_ballot_keeps_to_discords_limits(texts, state):
    assert fits(draw(ballot(texts, state)))


@given(st.lists(st.text(alphabet="abcdé", min_size=1, max_size=20), min_size=1, max_size=1500))
def test_no_word_of_a_passage_is_lost(words):
    sheets = draw(newest(replace(PASSAGE, text=" ".join(words))))
    told = " ".join(sheet.content for sheet in sheets).removesuffix("\n-# Ann")
    assert told.split() == words


def test_a_passage_is_prose_with_its_writer_beneath():
    [sheet] = draw(newest())
    assert sheet.content == "The door was green.\n-# Ann"
    assert labels([sheet]) == ["Write", "Continue", "Undo"]
    assert sheet.silent


def test_the_models_passage_says_who_asked_and_that_a_vote_chose_it():
    passage = replace(PASSAGE, origin=Origin.MODEL, chosen_by=5)
    assert draw(newest(passage))[0].content.endswith("-# the model, asked by Ann, chosen by vote")


def test_an_older_passage_has_no_buttons():
    assert labels(draw(PassagePage("passage:9", SESSION, PASSAGE, newest=False, taken_back=False))) == []


def test_only_the_last_part_of_a_long_passage_has_buttons():
    sheets = draw(newest(replace(PASSAGE, text="word " * 1200)))
    assert len(sheets) > 2
    assert labels(sheets[:-1]) == []
    assert labels(sheets[-1:]) == ["Write", "Continue", "Undo"]


def test_a_passage_taken_back_is_folded_away_and_says_so():
    [sheet] = draw(PassagePage("passage:9", SESSION, PASSAGE, newest=False, taken_back=True))
    assert sheet.content == "||The door was green.||\n-# Ann · taken back"


@pytest.mark.parametrize("page", [CardPage("card:7", SESSION), OpeningPage("opening:7", SESSION, fresh=True)])
def test_a_premise_that_the_title_says_already_is_not_said_twice(page):
    twice = replace(
        page, session=replace(SESSION, title="A keeper finds a door", premise="A keeper finds a door.")
    )
    [sheet] = draw(twice)
    told = sheet.content + "".join(card.title + card.text for card in sheet.cards)
    assert told.count("A keeper finds a door") == 1


def test_the_card_tells_what_the_story_is_and_how_to_take_part():
    [sheet] = draw(CardPage("card:7", SESSION))
    [card] = sheet.cards
    assert card.title == "The Door"
    assert SESSION.premise in card.text
    assert "storyteller" in card.footer
    assert "the model writes along" in card.footer
    assert labels([sheet]) == ["Continue", "Write", "Help"]


@pytest.mark.parametrize(
    "page", [CardPage("card:7", SESSION), OpeningPage("opening:7", SESSION, fresh=True), newest()]
)
def test_a_story_without_the_model_has_no_continue_button(page):
    silent = replace(page, session=replace(SESSION, ai=AiMode.OFF))
    assert "Continue" in labels(draw(page))
    assert "Continue" not in labels(draw(silent))


def test_a_finished_story_has_no_buttons_and_its_card_says_so():
    over = replace(SESSION, state=SessionState.FINISHED)
    [card] = draw(CardPage("card:7", over))
    assert "finished" in card.cards[0].text
    assert labels([card]) == labels(draw(OpeningPage("opening:7", over, fresh=True))) == []


def test_the_opening_loses_its_buttons_to_the_first_passage():
    assert labels(draw(OpeningPage("opening:7", SESSION, fresh=True))) == ["Continue", "Write", "Help"]
    assert labels(draw(OpeningPage("opening:7", SESSION, fresh=False))) == []


def test_the_model_gives_a_sign_of_life_before_its_first_words_and_beneath_them():
    waiting, writing = (
        draw(WritingPage("turn:1", SESSION, 1, "Ben", text, 3))[0] for text in ("", "The lamp")
    )
    assert waiting.content == "-# The model is writing… 3 s · asked by Ben"
    assert writing.content == "The lamp\n-# The model is writing… 3 s · asked by Ben"
    assert labels([waiting]) == labels([writing]) == ["Stop"]


def test_long_live_text_shows_its_end():
    [sheet] = draw(WritingPage("turn:1", SESSION, 1, "Ben", f"{'word ' * 800}end", 3))
    assert sheet.content.startswith("…word")
    assert "end\n-#" in sheet.content


def test_drafts_show_how_far_they_are_until_they_are_over():
    page = DraftingPage("drafting:1", SESSION, 1, "Ben", done=1, wanted=3, seconds=4, over=False)
    [sheet] = draw(page)
    assert "1 of 3" in sheet.content
    assert "/propose" in sheet.content
    assert labels([sheet]) == ["Stop"]
    over = replace(page, over=True)
    assert labels(draw(over)) == []
    assert "The drafts are ready" in draw(over)[0].content
    assert "The draft is ready" in draw(replace(over, wanted=1))[0].content


def test_a_text_that_was_not_added_can_still_be():
    page = UnaddedPage("turn:1", SESSION, 1, "Ben", PASSAGE, ended=JobState.STALE, actionable=True)
    [sheet] = draw(page)
    assert sheet.content.startswith("> The door was green.\n-# Not added")
    assert labels([sheet]) == ["Add anyway", "Retry from here"]
    assert labels(draw(replace(page, passage=None))) == ["Retry from here"]
    assert labels(draw(replace(page, actionable=False))) == []


def test_a_text_that_was_added_after_all_stands_once():
    page = UnaddedPage(
        "turn:1", SESSION, 1, "Ben", None, ended=JobState.STOPPED, actionable=False, added=True
    )
    [sheet] = draw(page)
    assert sheet.content.startswith("-# Not added at first, but then: it stands below.")
    assert labels([sheet]) == []


def test_a_text_that_broke_off_says_so_and_can_still_be_added():
    page = UnaddedPage("turn:1", SESSION, 1, "Ben", PASSAGE, ended=JobState.FAILED, actionable=True)
    [sheet] = draw(page)
    assert sheet.content.startswith(
        "> The door was green.\n-# Not added: the model broke off before the end."
    )
    assert labels([sheet]) == ["Add anyway", "Retry from here"]


def test_a_failure_says_what_is_wrong_and_offers_another_try():
    page = FailedPage("turn:1", SESSION, 1, "Ben", "ModelDown", actionable=True)
    [sheet] = draw(page)
    assert "does not answer" in sheet.content
    assert labels([sheet]) == ["Retry from here"]
    assert labels(draw(replace(page, actionable=False))) == []


def test_an_open_ballot_rings_and_counts_without_telling_for_what():
    [sheet] = draw(ballot())
    assert not sheet.silent
    assert [card.title for card in sheet.cards] == ["1", "2"]
    assert "3 people have voted; 2 votes needed; closes <t:" in sheet.content
    assert labels([sheet]) == ["1", "2", "None of these", "Read in full", "Close vote"]


def test_eight_candidates_have_eight_buttons_in_rows_of_five():
    [sheet] = draw(ballot(["One."] * 8))
    assert [[button.label for button in row] for row in sheet.rows] == [
        ["1", "2", "3", "4", "5"],
        ["6", "7", "8"],
        ["None of these", "Read in full", "Close vote"],
    ]


def test_a_ballot_points_to_read_in_full_only_where_something_is_cut():
    assert "Read in full" not in draw(ballot())[0].content
    assert "Read in full" in draw(ballot(["word " * 1000] * 2))[0].content


def test_a_closed_ballot_tells_who_wrote_what_and_which_won():
    [sheet] = draw(ballot(state=BallotState.COMMITTED, winner=2, none_votes=1))
    assert [card.title for card in sheet.cards] == ["1 by Ann, 1 vote", "2 by Ann, 2 votes · chosen"]
    assert "Candidate 2 was chosen" in sheet.content
    assert labels([sheet]) == []


def test_a_cancelled_ballot_says_so():
    assert draw(ballot(state=BallotState.CANCELLED))[0].content == (
        "**The vote was cancelled. Its candidates are kept.**"
    )


def test_a_cancelled_ballot_does_not_say_that_removed_candidates_are_kept():
    page = ballot(state=BallotState.CANCELLED)
    removed = replace(page, choices=tuple(replace(choice, text="") for choice in page.choices))
    assert draw(removed)[0].content == "**The vote was cancelled.**"


@given(st.integers(0, 6000), st.lists(st.integers(0, 9000), max_size=8))
def test_room_is_shared_so_that_small_wishes_are_granted_whole(room, wishes):
    granted = share(room, wishes)
    assert sum(granted) <= room
    assert all(given <= wish for given, wish in zip(granted, wishes, strict=True))
    assert all(
        given == wish for given, wish in zip(granted, wishes, strict=True) if wish * len(wishes) <= room
    )


def test_text_is_never_a_link_preview_or_a_ping():
    [sheet] = draw(newest(replace(PASSAGE, text="@everyone <@1> [x](http://y)")))
    assert not sheet.cards  # a sheet without cards is sent with previews suppressed
    assert "@everyone" not in sheet.content
    assert "<@1>" not in sheet.content


def test_the_chosen_candidate_stands_out():
    [sheet] = draw(ballot(state=BallotState.COMMITTED, winner=2))
    assert [card.marked for card in sheet.cards] == [False, True]


def test_no_candidate_stands_out_while_people_vote():
    [sheet] = draw(ballot())
    assert not any(card.marked for card in sheet.cards)
