"""Write the reference pages from what the program itself knows; `--check` fails where one is stale."""

import sys
from pathlib import Path
from typing import Final

from bot.commands import COMMANDS, Command
from bot.settings import Settings
from bot.settings.faults import explain
from bot.settings.loading import fields_of
from bot.wording.guide import allowed, usage

HERE: Final = Path(__file__).parent
MARK: Final = "<!-- Written by `make docs`; change the program, not this page. -->"


def commands() -> str:
    """Return the page of commands."""
    everywhere = [_command(command) for command in COMMANDS if not command.terminal_only]
    terminal = [_command(command) for command in COMMANDS if command.terminal_only]
    return "\n\n".join(
        [
            "# Commands",
            MARK,
            "In the terminal a line without a slash adds a passage, and `@ann /vote 2` votes as Ann. "
            "An option that stands alone needs no name: `/export markdown`.",
            *everywhere,
            "# In the terminal only",
            "They stand for what on Discord are buttons, threads and other people.",
            *terminal,
        ]
    )


def settings() -> str:
    """Return the page of settings."""
    return "\n\n".join(
        [
            "# Settings",
            MARK,
            "They stand in `config.toml`; a variable `SCRIPTORIUM_SECTION__KEY` overrides one. The secrets "
            "`DISCORD_TOKEN` and `MODEL_API_KEY` come from the environment alone, or from the files that "
            "`DISCORD_TOKEN_FILE` and `MODEL_API_KEY_FILE` name.",
            *(_section(section) for section in Settings.model_fields),
        ]
    )


def _command(command: Command) -> str:
    rows = [f"## `{usage(command)}`", "", command.help]
    if command.options:
        rows += ["", "| option | what | takes |", "|---|---|---|"]
        rows += [f"| `{each.name}` | {each.help} | {allowed(each)} |" for each in command.options]
    return "\n".join([*rows, "", *(f"    {example}" for example in command.examples)]).rstrip()


def _section(section: str) -> str:
    rows = [f"- `{key}`: {explain(field)}" for key, field in fields_of(section).items()]
    return "\n".join([f"## [{section}]", "", *rows])


PAGES: Final = {"commands.md": commands, "settings.md": settings}


def main(arguments: list[str]) -> int:
    """Write the pages, or with ``--check`` say which are stale."""
    stale = 0
    for name, page in PAGES.items():
        path, text = HERE / name, page() + "\n"
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"docs/{name} is stale; run make docs", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
