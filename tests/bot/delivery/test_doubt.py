"""How a post in doubt is named and recognised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.doubt import nonce, recognise
from bot.delivery.sender import Seen
from bot.workshop.records import Shown

ATTEMPT = Shown("passage:1", 0, "thread", None, "look", datetime(2026, 3, 1, tzinfo=UTC))


def test_the_first_message_that_looks_like_the_attempt_is_recognised():
    seen = [Seen("m1", "other"), Seen("m2", "look"), Seen("m3", "look")]
    assert recognise(ATTEMPT, seen, owned=[]) == "m2"


def test_another_page_s_message_is_not_taken_for_it():
    assert recognise(ATTEMPT, [Seen("m1", "look"), Seen("m2", "look")], owned=["m1"]) == "m2"


def test_nothing_is_recognised_where_nothing_looks_like_it():
    assert recognise(ATTEMPT, [Seen("m1", "other")], owned=[]) is None


@given(st.integers(min_value=1), st.integers(0, 50))
def test_a_nonce_fits_discord(page: int, part: int):
    assert len(nonce(replace(ATTEMPT, page=f"passage:{page}", part=part))) <= 25


def test_a_nonce_survives_a_restart_and_a_change_of_the_page():
    assert nonce(ATTEMPT) == nonce(replace(ATTEMPT, fingerprint="another"))


def test_no_two_posts_share_a_nonce():
    pages = [f"{kind}:{number}" for kind in ("turn", "event", "ballot") for number in range(50)]
    nonces = {nonce(replace(ATTEMPT, page=page, part=part)) for page in pages for part in range(3)}
    assert len(nonces) == 450


def test_a_part_that_is_sent_anew_has_another_nonce():
    later = replace(ATTEMPT, attempted=ATTEMPT.attempted + timedelta(minutes=1))
    assert nonce(later) != nonce(ATTEMPT)
