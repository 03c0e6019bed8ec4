"""The arithmetic of the serving benchmark, and what becomes of a peer that is not there."""

import sys

import numpy
import pytest
from gguf import GGUFReader, GGUFWriter
from gguf.quants import dequantize
from transformers import AutoConfig

from benchmarks.serving import busy
from benchmarks.serving_figures import Figure, as_json, figures, table
from benchmarks.serving_gguf import alike, precision_of
from benchmarks.serving_kinds import Generate, LlamaCpp, chosen
from benchmarks.serving_limit import limit
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
    shown = table(lines, ["ours", "llama.cpp"], {"ours": "int4"}).splitlines()
    assert shown[1].split() == ["weights", "int4", "–"]
    assert shown[2].split() == ["start", "s", "2.00", "–", "–"]
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


@pytest.mark.parametrize(
    ("said", "weights"),
    [
        (
            "serving it on cpu: computes by compiled layers, with int4 weights: nothing is lost; 2 threads",
            "int4",
        ),
        ("on cpu: computes in bfloat16 (as asked) by compiled layers, with its own weights", "bfloat16"),
        (
            "on cpu: computes in float32 (as asked) by transformers' own layers: it has GemmaAttention",
            "float32",
        ),
        ("2 threads", "unknown"),
    ],
)
def test_which_weights_ours_has_is_read_from_what_it_says(said, weights):
    assert chosen(said) == weights


@pytest.fixture
def gguf(tmp_path):
    """A matrix of 32 columns and a vector, and one thing that is said of them."""
    writer = GGUFWriter(tmp_path / "small.gguf", "llama")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    writer.add_tensor("matrix", numpy.arange(-32, 32, dtype=numpy.float32).reshape(2, 32) / 7)
    writer.add_tensor("norm", numpy.full(32, 1.001, numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "small.gguf"


@pytest.mark.parametrize(
    ("asked", "named", "off"), [("bfloat16", "BF16", 0.02), ("float16", "F16", 0.002), ("int8", "Q8_0", 0.02)]
)
def test_llama_cpp_gets_the_same_weights_in_the_precision_asked_for(gguf, tmp_path, asked, named, off):
    other = GGUFReader(alike(gguf, asked, tmp_path))
    matrix, norm = ((one, dequantize(one.data, one.tensor_type)) for one in other.tensors)
    assert matrix[0].tensor_type.name == named
    assert numpy.abs(matrix[1] - numpy.arange(-32, 32).reshape(2, 32) / 7).max() <= off
    assert (norm[1] == numpy.float32(1.001)).all()
    assert other.fields["tokenizer.ggml.tokens"].contents() == ["a", "b"]


@pytest.mark.parametrize("asked", ["auto", "int4", "float32"])
def test_llama_cpp_gets_a_gguf_as_it_is_where_nothing_else_is_asked_for(gguf, tmp_path, asked):
    assert alike(gguf, asked, tmp_path) == gguf
    assert precision_of(gguf) == "F32"


def test_a_core_is_busy_for_as_long_as_wanted():
    with busy(True), busy(False):
        pass


def test_a_limit_is_the_memorys_speed_by_the_bytes_of_all_weights_but_the_embeddings(tmp_path):
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 1000}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
    AutoConfig.for_model("llama", **shape, **heads).save_pretrained(tmp_path)
    inner = 2 * (64 * (64 + 32 + 32) + 64 * 64 + 3 * 64 * 128)
    assert limit(tmp_path, "bfloat16", 1e9) == 1e9 / (2 * (inner + 64 * 1000))
    assert limit(tmp_path, "Q4_1", 1e9) == 1e9 * 8 / (5 * inner + 8.5 * 64 * 1000)
    assert limit(tmp_path, "unknown", 1e9) is None
