"""The fence around a file: one process at a time, whatever happened to the one before."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from bot.storage.faults import StoreLocked


@contextmanager
def fenced(path: Path) -> Generator[None]:
    """Keep others off ``path`` while the block lasts. Raises StoreLocked when one was here first.

    The kernel holds the lock, on a file beside, and lets it go with the process however that ends.
    The file stays: removing it would let two processes lock two files of one name.
    """
    with path.with_name(f"{path.name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path, lock) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _held(path: Path, lock: TextIO) -> StoreLocked:
    lock.seek(0)
    said = lock.read().strip()
    pid = int(said) if said.isdecimal() else None
    holder = "another Scriptorium" if pid is None else f"another Scriptorium (process {pid})"
    return StoreLocked(path, f"{holder} is using it", pid)
