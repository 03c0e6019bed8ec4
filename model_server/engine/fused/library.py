"""The compiled layers: made once for a machine, by the C++ compiler at hand, and kept in the cache folder."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from torch.utils import cpp_extension

SOURCES = Path(__file__).parent
FLAGS = (
    "-std=c++20", "-O3", "-march=native", "-fopenmp", "-fPIC", "-shared",
    "-fno-math-errno", "-fno-trapping-math", "-fno-tree-reassoc", "-Wno-psabi",
)  # fmt: skip
LIBRARIES = ("-lc10", "-ltorch_cpu", "-ltorch")
PATIENCE = 600
POLITE = 10


class NotCompiled(Exception):
    """There are no compiled layers here, and why."""


def compiler() -> str | None:
    """Find the C++ compiler, if there is one."""
    return shutil.which(os.environ.get("CXX") or "c++")


def path_in(cache: Path) -> Path:
    """Name the library for these sources, this PyTorch and this machine."""
    sources = [file.read_bytes() for file in sorted(SOURCES.iterdir()) if file.suffix in (".cpp", ".h")]
    facts = f"{torch.__version__} {FLAGS} {platform.machine()} {torch.cpu.get_capabilities()}".encode()
    return cache / f"layers-{hashlib.sha256(b''.join([facts, *sources])).hexdigest()[:16]}.so"


def build(cache: Path) -> Path:
    """Compile the library where the cache has none; this takes half a minute. Raises NotCompiled.

    It appears by one rename, whole or not at all, whoever else compiles at the same time.
    """
    library = path_in(cache)
    if library.exists():
        return library
    found = compiler()
    if found is None:
        raise NotCompiled("there is no C++ compiler (c++)")
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".compiling-") as folder:
            made = Path(folder) / library.name
            _compile(found, made)
            made.rename(library)
    except OSError as error:
        raise NotCompiled(f"{cache} cannot be written ({error.strerror or error})") from error
    return library


def load(library: Path) -> None:
    """Let torch.classes.scriptorium.Stack be known. Raises NotCompiled."""
    try:
        torch.classes.load_library(str(library))
    except (OSError, RuntimeError) as error:
        library.unlink(missing_ok=True)
        raise NotCompiled(f"{library.name} cannot be loaded ({error})") from error


def _compile(compiler: str, made: Path) -> None:
    include = [f"-isystem{path}" for path in cpp_extension.include_paths()]
    where = [f"-L{path}" for path in cpp_extension.library_paths()]
    command = [compiler, *FLAGS, *include, str(SOURCES / "layers.cpp"), *where, *LIBRARIES, "-o", str(made)]
    nice = shutil.which("nice")
    polite = [nice, "-n", str(POLITE)] if nice else []
    try:
        subprocess.run([*polite, *command], check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise NotCompiled(f"the compiler gave up: {said[-400:]}") from error
    except subprocess.TimeoutExpired as error:
        raise NotCompiled(f"the compiler was not done after {PATIENCE} s") from error
