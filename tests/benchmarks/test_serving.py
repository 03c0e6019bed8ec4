"""The arithmetic of the serving benchmark, and what becomes of a peer that is not there."""

import sys

import pytest

from benchmarks.serving import busy
from benchmarks.serving_figures import Figure, as_json, figures, table
from benchmarks.serving_kinds import Generate, LlamaCpp
from benchmarks.serving_measures import Reading, story
from benchmarks.serving_peers import PeerAbsent, Settings, Written


def settings(**changes):
    return Settings(**{"folder": None, "gguf": "model.gguf", **changes})


def test_decoding_counts_from_the_first_token_to_the_last():
    written = Written(answers=4, tokens=84, first=0.5, seconds=2.5)
    assert written.decode == pytest.approx(40)
    assert written.speed == pytest.approx(33.6)


def test_a_figure_is_the_median_of_the_rounds():
    [figure] = figures({"ours": [Reading("start", "s", value) for value in (3.0, 1.0, 2.0)]})
    assert figure == Figure("start", "s", {"ours": 2.0})


def test_a_ratio_is_ours_by_the_peers_and_missing_where_one_is():
    figure = Figure("8 at once", "tok/s", {"ours": 300.0, "llama.cpp": 200.0})
    assert figure.ratio("ours", "llama.cpp") == 1.5
    assert figure.ratio("ours", "transformers") is None


def test_the_table_and_the_json_show_who_is_missing():
    lines = [Figure("start", "s", {"ours": 2.0})]
    assert table(lines, ["ours", "llama.cpp"]).splitlines()[1].split() == ["start", "s", "2.00", "–", "–"]
    assert as_json(lines, ["ours", "llama.cpp"]) == [
        {
            "name": "start",
            "unit": "s",
            "values": {"ours": 2.0, "llama.cpp": None},
            "ratios": {"llama.cpp": None},
        }
    ]


def test_stories_of_two_names_share_no_beginning_and_one_grows_at_its_end():
    assert story("1 a", 3).split(".")[2] != story("1 b", 3).split(".")[2]
    assert story("1 a", 4).startswith(story("1 a", 3))


def test_a_peer_without_its_weights_or_its_program_is_absent_with_the_reason():
    with pytest.raises(PeerAbsent, match="GGUF"), LlamaCpp(settings(gguf=None)):
        pass
    with pytest.raises(PeerAbsent, match="no program"), LlamaCpp(settings(llama_server="/no/such/server")):
        pass


def test_a_peer_that_ends_before_it_is_ready_is_absent_with_its_last_words():
    class Short(Generate):
        def command(self):
            return [sys.executable, "-c", "import sys; sys.exit('no memory')"]

    with pytest.raises(PeerAbsent, match="it has ended: no memory"), Short(settings()):
        pass


def test_a_core_is_busy_for_as_long_as_wanted():
    with busy(True), busy(False):
        pass
