"""The command line of `python -m bot`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Doctor:
    """Look whether all is well."""


@dataclass(frozen=True, slots=True)
class Backup:
    """Copy the database to ``file``, or beside itself."""

    file: Path | None


@dataclass(frozen=True, slots=True)
class Restore:
    """Put the copy in ``file`` in the database's place."""

    file: Path


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"scriptorium: {message}; `python -m bot --help` shows what there is\n")


def parse(arguments: Sequence[str]) -> Doctor | Backup | Restore:
    """Read the arguments. Exits with 2 and one line on what it does not know, with 0 after `--help`."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.error("a command is missing")
    match given.command:
        case "backup":
            return Backup(given.file)
        case "restore":
            return Restore(given.file)
        case _:
            return Doctor()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m bot",
        description="Without a command it starts Scriptorium: the bot where DISCORD_TOKEN is set, else the terminal.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="command", parser_class=_Parser)
    commands.add_parser("doctor", help="check settings, database, Discord and model, and say what to do")
    backup = commands.add_parser("backup", help="copy the database, also while the bot runs")
    backup.add_argument("file", nargs="?", type=Path, help="a new file; left out: one beside the database")
    restore = commands.add_parser("restore", help="put a copy back, while the bot is stopped")
    restore.add_argument("file", type=Path, help="what `backup` made, or a *.backup or *.replaced file")
    return parser
