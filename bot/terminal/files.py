"""Exported stories as files."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile


class NotWritten(Exception):
    """A file could not be written; ``reason`` is the system's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write_new(folder: Path, filename: str, text: str) -> Path:
    """Write a file whole or not at all, beside any of the same name; return where it is.

    Raises NotWritten.
    """
    try:
        return _written(folder, filename, text)
    except OSError as fault:
        raise NotWritten(fault.strerror or type(fault).__name__) from fault


def _written(folder: Path, filename: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=folder, encoding="utf-8", prefix=".", delete=False) as draft:
        whole = Path(draft.name)
        try:
            draft.write(text)
            draft.flush()
            os.fsync(draft.fileno())
            return _placed(whole, folder, filename)
        finally:
            whole.unlink(missing_ok=True)


def _placed(whole: Path, folder: Path, filename: str) -> Path:
    for name in _names(Path(filename).name):
        target = folder / name
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        return whole.replace(target)
    raise AssertionError("names do not end")


def _names(filename: str) -> Iterator[str]:
    yield filename
    stem, suffix = Path(filename).stem, Path(filename).suffix
    for number in count(2):
        yield f"{stem}-{number}{suffix}"
