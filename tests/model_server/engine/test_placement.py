import pytest
import torch

from model_server.engine.placement import best_device, cpu_dtype, place
from model_server.faults import StartFault


def test_a_cpu_that_multiplies_bfloat16_gets_it():
    assert cpu_dtype({"avx512_bf16": True})[0] is torch.bfloat16
    assert cpu_dtype({"avx2": True, "avx512_bf16": False})[0] is torch.float32


def test_what_was_asked_for_is_what_is_used():
    placement = place("cpu", "float32", {})
    assert (placement.device_map, placement.dtype, placement.max_memory) == ({"": "cpu"}, torch.float32, None)


@pytest.mark.parametrize("caps", [{"cpu": "8GiB"}, {0: "20GiB", "cpu": "8GiB"}])
def test_memory_caps_let_accelerate_spread_the_layers(caps):
    placement = place("cpu", "float32", caps)
    assert (placement.device_map, placement.max_memory) == ("auto", caps)


def test_a_device_that_is_not_there_is_a_fault():
    missing = next(kind for kind in ("cuda", "mps") if kind != best_device())
    with pytest.raises(StartFault, match=missing):
        place(missing, "auto", {})
