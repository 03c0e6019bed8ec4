"""What the person who runs Scriptorium asks of it: is all well, keep a copy, put a copy back."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from bot.operations.arguments import Backup, Doctor, Restore, parse
from bot.operations.copies import back_up, put_back
from bot.operations.doctor import doctor
from bot.settings import load_settings

__all__ = ["operate"]


def operate(arguments: Sequence[str], environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Do what a command line asks for, and return the exit code; a line that asks for nothing exits with 2.

    Raises SettingsError, StoreUnusable.
    """
    match parse(arguments):
        case Doctor():
            return asyncio.run(doctor(environ, say))
        case Backup(file):
            back_up(load_settings(None, environ).storage, file, datetime.now(UTC), say)
        case Restore(file):
            put_back(load_settings(None, environ).storage, file, datetime.now(UTC), say)
    return 0
