from types import SimpleNamespace

import pytest
import torch
from support.adapters import halves_of, write_adapter

from model_server.faults import StartFault
from model_server.loading import adapters_of, context_of
from model_server.options import parse
from model_server.sources import Source


@pytest.mark.parametrize(
    ("config", "context"),
    [
        ({"max_position_embeddings": 2048}, 2048),
        ({"max_position_embeddings": 131_072}, 8192),
        ({"max_position_embeddings": 32_768, "sliding_window": 4096}, 4096),
        (
            {"max_position_embeddings": 32_768, "sliding_window": 4096, "layer_types": ["full_attention"]},
            8192,
        ),
        ({"sliding_window": 512, "layer_types": ["sliding_attention", "full_attention"]}, 512),
        ({}, 8192),
    ],
)
def test_the_context_is_what_model_window_and_limit_allow(config, context):
    assert context_of(SimpleNamespace(**config), 8192) == context


def test_layers_that_keep_another_state_are_refused_with_a_way_out():
    with pytest.raises(StartFault, match=r"linear_attention.*vLLM"):
        context_of(SimpleNamespace(layer_types=["linear_attention", "full_attention"]), 8192)


def test_a_folder_for_adapters_that_is_not_there_is_named(tmp_path):
    options = parse(["--adapters", str(tmp_path / "nowhere")], {})
    with pytest.raises(StartFault, match=r"nowhere.*--adapters"):
        adapters_of(Source("small", "small"), None, options)
    assert adapters_of(Source("small", "small"), None, parse([], {})).names() == ()


def test_the_log_tells_at_the_start_which_adapters_there_are_and_what_is_wrong_with_others(tmp_path, caplog):
    model = torch.nn.ModuleDict({"q_proj": torch.nn.Linear(8, 6)})
    model.dtype = torch.float32
    write_adapter(tmp_path / "noir", halves_of(model, 1))
    write_adapter(tmp_path / "fable", halves_of(model, 2), base_model_name_or_path="large")
    with caplog.at_level("INFO"):
        adapters_of(Source("small", "small"), model, parse(["--adapters", str(tmp_path)], {}))
    assert caplog.messages == [
        "adapters: noir",
        "the adapter fable cannot be used: it is made for another model, large",
    ]
