"""Where a model goes and in which precision: accelerate's device map, by rule or by flag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from accelerate.utils import get_max_memory

from model_server.faults import StartFault

PACKED = ("int4", "int8")
FAST_BF16 = ("avx512_bf16", "amx_bf16", "bf16", "avx_ne_convert")


@dataclass(frozen=True)
class Placement:
    """What `from_pretrained` is told, and why."""

    device_map: str | dict[str, str]
    dtype: torch.dtype
    max_memory: Mapping[int | str, int | str] | None
    reason: str


def place(device: str, dtype: str, max_memory: dict[int | str, str]) -> Placement:
    """Decide by the machine what the flags leave open.

    With memory caps, and on CUDA always, accelerate spreads the layers over what there is. Raises
    StartFault for a device that is not there, and for flags that exclude each other.
    """
    kind = best_device() if device == "auto" else device
    if kind not in ("cpu", best_device()):
        raise StartFault(f"There is no {kind} device that PyTorch can use here; leave --device at auto.")
    if kind == "cpu":
        _check_caps(max_memory)
    _check_packed(kind, dtype, max_memory)
    precision, reason = _precision(kind, dtype)
    spread = bool(max_memory) or kind == "cuda"
    caps = max_memory if kind == "cpu" else get_max_memory() | max_memory
    return Placement("auto" if spread else {"": kind}, precision, caps if max_memory else None, reason)


def _check_caps(max_memory: Mapping[int | str, str]) -> None:
    if others := [str(name) for name in max_memory if name != "cpu"]:
        raise StartFault(
            f"--max-memory names device {', '.join(others)}, but the model is to lie on the CPU; "
            "name cpu alone, such as cpu=8GiB."
        )


def _check_packed(kind: str, dtype: str, max_memory: Mapping[int | str, str]) -> None:
    if dtype not in PACKED:
        return
    if kind != "cpu":
        raise StartFault(f"--dtype {dtype} is for the CPU; leave it at auto, or give --device cpu too.")
    if max_memory:
        raise StartFault(f"--dtype {dtype} and --max-memory exclude each other; leave one of them out.")


def _precision(kind: str, dtype: str) -> tuple[torch.dtype, str]:
    if dtype in PACKED:
        return torch.bfloat16, f"{dtype} goes with it"
    return best_dtype(kind) if dtype == "auto" else (getattr(torch, dtype), "as asked")


def best_device() -> str:
    """Name the fastest kind of device at hand."""
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    return accelerator.type if accelerator else "cpu"


def best_dtype(device: str) -> tuple[torch.dtype, str]:
    """Give the precision for a kind of device, with the reason.

    On a CPU bfloat16 halves the memory that each token reads, but only where the CPU multiplies it itself:
    elsewhere it is converted back and forth and slower than float32.
    """
    if device == "cpu":
        return cpu_dtype(torch.cpu.get_capabilities())
    if device == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16, "the GPU has no bfloat16"
    return torch.bfloat16, "the accelerator computes it"


def cpu_dtype(capabilities: Mapping[str, object]) -> tuple[torch.dtype, str]:
    """Give the precision for a CPU of these capabilities, with the reason."""
    found = [name for name in FAST_BF16 if capabilities.get(name)]
    if found:
        return torch.bfloat16, f"the CPU multiplies it by {found[0]}"
    return torch.float32, "the CPU has no bfloat16"
