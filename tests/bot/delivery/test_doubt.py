"""How a post in doubt is named and recognised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import default

from bot.delivery.doubt import nonce, recognise
from bot.delivery.sender import Seen
from bot.storage.columns import Moment
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


@pytest.mark.parametrize("pause", [timedelta(minutes=1), timedelta(milliseconds=1)])
def test_a_part_that_is_sent_anew_has_another_nonce(pause: timedelta):
    assert nonce(replace(ATTEMPT, attempted=ATTEMPT.attempted + pause)) != nonce(ATTEMPT)


def test_a_part_that_is_sent_elsewhere_has_another_nonce():
    assert nonce(replace(ATTEMPT, place="another thread")) != nonce(ATTEMPT)


@given(st.datetimes(datetime(2015, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_a_nonce_is_the_same_once_its_attempt_was_kept(attempted: datetime):
    attempt = replace(ATTEMPT, attempted=attempted.replace(tzinfo=UTC))
    stored = Moment()
    back = stored.process_result_value(
        stored.process_bind_param(attempt.attempted, default.DefaultDialect()), default.DefaultDialect()
    )
    assert back is not None
    assert nonce(replace(attempt, attempted=back)) == nonce(attempt)
