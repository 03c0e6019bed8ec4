"""The arithmetic of the perplexity table, and its text."""

import math

import pytest
import torch

from benchmarks.perplexity import ESTIMATE, FIRST, GGUF, PLAIN, TEXT, WINDOW, perplexity, surprises, table


def test_a_model_that_finds_all_tokens_equally_likely_has_their_number_as_perplexity():
    found = surprises(torch.zeros(3, 40), torch.tensor([1, 0, 39]))
    assert perplexity([found[:1], found[1:]]) == pytest.approx(40)


def test_what_is_certain_surprises_nobody():
    logits = torch.full((1, 5), -math.inf)
    logits[0, 2] = 0
    assert perplexity([surprises(logits, torch.tensor([2]))]) == 1


def test_every_figure_stands_beside_float32_and_the_gguf():
    lines = table({PLAIN: 20.0, "int4, written": 22.0, GGUF: 25.0}).splitlines()
    assert lines[2].split() == ["int4,", "written", "22.0000", "1.1000", "0.8800"]
    assert table({PLAIN: 20.0}).splitlines()[1].split()[-1] == "–"


def test_the_estimate_is_read_from_what_llama_cpp_prints():
    found = ESTIMATE.search("0.36.934 I Final estimate: PPL = 22.8565 +/- 1.39242")
    assert found and float(found[1]) == 22.8565


def test_the_text_fills_its_windows_and_no_line_begins_with_a_figure():
    """Line ends before a figure are other tokens in llama.cpp than in transformers."""
    lines = TEXT.read_text(encoding="utf-8").splitlines()
    assert sum(len(line.split()) for line in lines) > 8 * WINDOW * 0.8
    assert FIRST == WINDOW // 2
    assert not any(line[:1].isdigit() for line in lines)
