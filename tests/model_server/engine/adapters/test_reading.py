"""What is wrong with an adapter is said when it is read, and never loaded."""

import math

import pytest
import torch
from support.adapters import halves_of, merged, write_adapter
from torch import nn

from model_server.engine.adapters.config import LoraConfig
from model_server.engine.adapters.interface import UnfitAdapter
from model_server.engine.adapters.reading import Base, read, stamp_of

PART = "base_model.model.blocks.0.q_proj"


class Small(nn.Module):
    dtype = torch.float32

    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([nn.ModuleDict({"q_proj": nn.Linear(8, 6), "o_proj": nn.Linear(6, 8)})])


@pytest.fixture(scope="module")
def model():
    return Small()


@pytest.fixture
def base(model):
    return Base(model, "someone/Small-1B")


@pytest.mark.parametrize(
    "named", [None, "", "small-1b", "other/Small-1B", "/trained/here/Small-1B/", "C:\\models\\Small-1B"]
)
def test_an_adapter_of_this_model_is_read(model, base, tmp_path, named):
    halves = halves_of(model, 1)
    adapter = read(write_adapter(tmp_path / "noir", halves, base_model_name_or_path=named), base)
    down, up = adapter.parts["blocks.0.q_proj"]
    added = merged(model, halves).blocks[0]["q_proj"].weight - model.blocks[0]["q_proj"].weight
    assert torch.allclose(up @ down, added, atol=1e-6)


@pytest.mark.parametrize(
    ("config", "scale"),
    [
        ({}, 2.0),
        ({"use_rslora": True}, 4.0),
        ({"alpha_pattern": {"q_proj": 2}}, 0.5),
        ({"alpha_pattern": {"proj": 2, "0.q_proj": 16}}, 4.0),
        ({"rank_pattern": {"blocks.0.q_proj": 16}, "use_rslora": True}, 2.0),
    ],
)
def test_the_scale_is_peft_s(config, scale):
    said = LoraConfig.model_validate({"peft_type": "LORA", "r": 4, "lora_alpha": 8, **config})
    assert math.isclose(said.scale("blocks.0.q_proj"), scale)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"base_model_name_or_path": "someone/Large-8B"}, "another model, large-8b"),
        ({"peft_type": "IA3"}, "peft_type"),
        ({"use_dora": True}, "use_dora is not supported"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save is not supported"),
        ({"bias": "all"}, "bias"),
        ({"init_lora_weights": "pissa"}, "init_lora_weights"),
        ({"r": 8}, "shapes"),
        ({"r": 0}, "r: "),
        ({"r": 100_000}, "r: "),
        ({"rank_pattern": {"q_proj": 3}}, "shapes"),
        ({"alpha_pattern": {"(a+)+$": 3}}, "no regular expressions"),
        ({"lora_alpha": float("inf")}, "lora_alpha"),
        ({"lora_alpha": 1e300}, "not finite"),
    ],
)
def test_a_config_that_cannot_be_served_is_refused(model, base, tmp_path, config, reason):
    folder = write_adapter(tmp_path / "noir", halves_of(model, 1), **config)
    with pytest.raises(UnfitAdapter) as refused:
        read(folder, base)
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    ("halves", "reason"),
    [
        ({}, "no weights"),
        ({f"{PART}.lora_A.weight": torch.zeros(4, 8)}, "shapes"),
        ({f"{PART}.lora_A.weight": torch.zeros(4, 6), f"{PART}.lora_B.weight": torch.zeros(6, 4)}, "shapes"),
        ({"base_model.model.blocks.9.q_proj.lora_A.weight": torch.zeros(4, 8)}, "no linear layer"),
        ({"base_model.model.embed.lora_embedding_A": torch.zeros(4, 8)}, "no part of a LoRA"),
        ({"base_model.model.lm_head.weight": torch.zeros(4, 8)}, "no part of a LoRA"),
    ],
)
def test_weights_that_do_not_fit_are_refused(base, tmp_path, halves, reason):
    with pytest.raises(UnfitAdapter) as refused:
        read(write_adapter(tmp_path / "noir", halves), base)
    assert reason in refused.value.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(model, base, tmp_path, number):
    halves = halves_of(model, 1)
    halves[f"{PART}.lora_B.weight"][1, 1] = number
    with pytest.raises(UnfitAdapter, match="not finite"):
        read(write_adapter(tmp_path / "noir", halves), base)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("adapter_model.safetensors", b""),
        ("adapter_model.safetensors", b"PK\x03\x04 a zip, as torch saves it"),
        ("adapter_model.safetensors", None),
        ("adapter_config.json", b"{"),
        ("adapter_config.json", b"[]"),
        ("adapter_config.json", b"\xff"),
    ],
)
def test_broken_files_are_refused(model, base, tmp_path, file, content):
    place = write_adapter(tmp_path / "noir", halves_of(model, 1)) / file
    place.write_bytes(place.read_bytes()[:-9] if content is None else content)
    with pytest.raises(UnfitAdapter):
        read(place.parent, base)


def test_pickle_is_never_read(model, base, tmp_path):
    folder = write_adapter(tmp_path / "noir", halves_of(model, 1))
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    for look in (stamp_of, lambda folder: read(folder, base)):
        with pytest.raises(UnfitAdapter, match="pickle"):
            look(folder)


def test_a_file_without_end_is_refused_unread(model, tmp_path):
    config = write_adapter(tmp_path / "noir", halves_of(model, 1)) / "adapter_config.json"
    config.write_bytes(b" " * 1_100_000)
    with pytest.raises(UnfitAdapter, match="more than"):
        stamp_of(config.parent)
