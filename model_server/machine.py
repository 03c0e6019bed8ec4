"""What this machine has to compute with."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from model_server.findings import Finding, mend, ok

INSTRUCTIONS = ("avx2", "avx512_f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
INSTRUCTIONS_ARM = ("neon", "bf16", "i8mm", "sve")
CGROUP = Path("/sys/fs/cgroup")
BUSY = 0.5
"""The share of the cores that others may keep busy before it is worth a word."""


@dataclass(frozen=True)
class Accelerator:
    """A GPU or the like, with its memory in bytes."""

    name: str
    free: int
    total: int


@dataclass(frozen=True)
class Machine:
    """What was found: `free` main memory in bytes, `busy` cores over the last minute."""

    cpu: str
    cores: int
    instructions: tuple[str, ...]
    free: int
    busy: float
    accelerators: tuple[Accelerator, ...] = ()


def this_machine() -> Machine:
    """Look."""
    can = torch.cpu.get_capabilities()
    return Machine(
        cpu=str(can.get("cpu_name") or can.get("architecture", "a CPU")),
        cores=len(psutil.Process().cpu_affinity())
        if hasattr(psutil.Process, "cpu_affinity")
        else os.cpu_count() or 1,
        instructions=tuple(name for name in (*INSTRUCTIONS, *INSTRUCTIONS_ARM) if can.get(name)),
        free=free_memory(),
        busy=psutil.getloadavg()[0],
        accelerators=tuple(_accelerators()),
    )


def free_memory(cgroup: Path = CGROUP) -> int:
    """Give the bytes of main memory that can still be had, here and in the container around, if there is one."""
    free = psutil.virtual_memory().available
    try:
        limit, used = (int((cgroup / f"memory.{name}").read_text()) for name in ("max", "current"))
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return min(free, max(limit - used + _reclaimable(cgroup), 0))


def give_back_memory() -> None:
    """Let the system have what was freed: glibc keeps small pieces for later, a hundred megabytes of them after a model is read."""
    gc.collect()
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        trim(0)


def describe(machine: Machine, compiled: bool, compiler: str | None) -> Iterator[Finding]:
    """Say what there is, and what is missing."""
    yield _processor(machine)
    for accelerator in machine.accelerators:
        yield ok(
            "accelerator",
            f"{accelerator.name}, {gigabytes(accelerator.free)} of {gigabytes(accelerator.total)} free",
        )
    if not machine.accelerators:
        yield ok("accelerator", "none that PyTorch can use; the CPU computes")
    yield ok("memory", f"{gigabytes(machine.free)} of main memory free")
    if not machine.accelerators:
        yield _compiler(compiled, compiler)


def gigabytes(amount: float) -> str:
    """Write an amount of memory as people do."""
    return f"{amount / 1e9:.1f} GB" if amount < 1e11 else f"{amount / 1e9:.0f} GB"


def _processor(machine: Machine) -> Finding:
    known = ", ".join(machine.instructions) or "no instructions for packed numbers"
    seen = f"{machine.cpu}, {machine.cores} cores, {known}"
    if machine.busy <= BUSY * machine.cores:
        return ok("processor", seen)
    return mend(
        "processor",
        f"{seen}; other programs keep {machine.busy:.1f} of the cores busy",
        "Stop them, or look again when it is quiet: the speeds below are lower than they could be.",
    )


def _compiler(compiled: bool, compiler: str | None) -> Finding:
    if compiled:
        return ok("compiler", "the layers are compiled for this machine already")
    if compiler:
        return ok("compiler", f"{compiler}; it compiles the layers, once, in a minute")
    return mend(
        "compiler",
        "there is no C++ compiler, so answers come several times slower, and int4 and int8 cannot be used",
        "Install g++ or clang++, or name one in the environment variable CXX.",
    )


def _accelerators() -> Iterator[Accelerator]:
    if not torch.accelerator.is_available():
        return
    kind = torch.accelerator.current_accelerator()
    for index in range(torch.accelerator.device_count()):
        free, total = torch.accelerator.get_memory_info(index)
        name = torch.cuda.get_device_name(index) if kind and kind.type == "cuda" else f"{kind}"
        yield Accelerator(f"{kind}:{index}, {name}", free, total)


def _reclaimable(cgroup: Path) -> int:
    """Give what the container's system keeps of files, which it lets go when memory is asked for."""
    lines = (cgroup / "memory.stat").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
