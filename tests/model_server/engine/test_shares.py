from hypothesis import given
from hypothesis import strategies as st

from model_server.engine.shares import WRITTEN, Shares


def shares_of(*clients):
    shares = Shares()
    for client in clients:
        shares.enter(client)
    return shares


def test_what_is_written_counts_for_more_than_what_is_read():
    shares = shares_of("ann")
    shares.read("ann", 100)
    shares.wrote("ann")
    assert shares.used("ann") == 100 + WRITTEN


def test_who_comes_late_has_saved_nothing_up():
    shares = shares_of("ann")
    shares.read("ann", 500)
    shares.enter("ben")
    assert shares.used("ben") == shares.used("ann")


def test_a_debt_is_kept_by_who_leaves_and_comes_back_while_others_are_there():
    shares = shares_of("ann", "ben")
    shares.read("ann", 500)
    shares.exit("ann")
    shares.enter("ann")
    assert shares.used("ann") == 500 > shares.used("ben")


def test_when_nobody_is_there_all_is_forgotten():
    shares = shares_of("ann")
    shares.read("ann", 500)
    shares.exit("ann")
    assert shares.used("ann") == 0


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 50)), max_size=60))
def test_serving_whoever_had_least_keeps_all_within_one_service(services):
    shares = shares_of(*"abcd")
    for _, tokens in services:
        shares.read(min("abcd", key=shares.used), tokens)
    counts = [shares.used(client) for client in "abcd"]
    assert max(counts) - min(counts) <= 50
