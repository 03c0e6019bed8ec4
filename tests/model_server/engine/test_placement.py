import pytest
import torch
from transformers import AutoModelForCausalLM

from model_server.engine.placement import best_device, cpu_dtype, place
from model_server.faults import StartFault
from model_server.loading import load
from model_server.options import parse
from model_server.sources import find


def test_a_cpu_that_multiplies_bfloat16_gets_it():
    assert cpu_dtype({"avx512_bf16": True})[0] is torch.bfloat16
    assert cpu_dtype({"avx2": True, "avx512_bf16": False})[0] is torch.float32


def test_what_was_asked_for_is_what_is_used():
    placement = place("cpu", "float32", {})
    assert (placement.device_map, placement.dtype, placement.max_memory) == ({"": "cpu"}, torch.float32, None)


def test_memory_caps_let_accelerate_spread_the_layers():
    placement = place("cpu", "float32", {"cpu": "8GiB"})
    assert (placement.device_map, placement.max_memory) == ("auto", {"cpu": "8GiB"})


def test_a_device_that_is_not_there_is_a_fault():
    missing = next(kind for kind in ("cuda", "mps") if kind != best_device())
    with pytest.raises(StartFault, match=missing):
        place(missing, "auto", {})


def test_a_cap_on_a_gpu_is_none_for_the_cpu():
    with pytest.raises(StartFault, match=r"device 0, .* cpu=8GiB"):
        place("cpu", "auto", {0: "20GiB", "cpu": "8GiB"})


@pytest.mark.parametrize("dtype", ["int4", "int8"])
def test_packed_weights_lie_in_one_place(dtype):
    with pytest.raises(StartFault, match=f"--dtype {dtype} and --max-memory exclude each other"):
        place("cpu", dtype, {"cpu": "8GiB"})


def served(folder, *flags):
    options = parse(["--model", str(folder), "--device", "cpu", *flags], {})
    return load(find(options.model, options.cache_dir, print), options)


def test_a_model_that_would_reach_the_disk_is_refused(tiny_folder):
    with pytest.raises(StartFault, match=r"tiny does not fit into the memory allowed; raise --max-memory"):
        served(tiny_folder, "--max-memory", "cpu=1MiB")


def test_packed_weights_need_layers_that_the_compiled_step_knows(tiny_folder):
    with pytest.raises(StartFault, match="--dtype int8 cannot be used for this model: its heads are 8 wide"):
        served(tiny_folder, "--dtype", "int8")


@pytest.fixture
def half_folder(tiny_folder, tmp_path):
    """The tiny model, stored in float16."""
    for file in tiny_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float16).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("flags", [[], ["--max-memory", "cpu=8GiB"], ["--dtype", "float32"]])
def test_a_model_stored_in_float16_reads_in_what_the_cpu_computes(half_folder, flags):
    expected = torch.float32 if "float32" in flags else cpu_dtype(torch.cpu.get_capabilities())[0]
    model = served(half_folder, *flags)
    model.engine.close()
    assert f"on cpu: computes in {str(expected).removeprefix('torch.')} (" in model.chosen
