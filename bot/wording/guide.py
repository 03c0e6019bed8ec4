"""How to take part: the card of a session, and help."""

from collections.abc import Mapping
from typing import Final

from bot.commands import COMMANDS, Command, Option
from bot.story.manuscript import AiMode, Session
from bot.wording.counting import either

MODES: Final[Mapping[AiMode, str]] = {
    AiMode.FULL: "the model writes along",
    AiMode.SUGGESTIONS: "the model suggests, votes decide",
    AiMode.OFF: "written by people alone",
}

TYPED: Final = (
    "Where a server has set typing on, what you type in a story's thread is added too,"
    " and lines that begin with ( or // stay talk."
)

_TAKING_PART: Final[Mapping[AiMode, str]] = {
    AiMode.FULL: "Add a passage with /write, or let the model go on with /continue.",
    AiMode.SUGGESTIONS: "Add a passage with /write. /continue lets the model suggest, and a vote decides.",
    AiMode.OFF: "Add a passage with /write, or put one to the vote with /propose.",
}


def mode(ai: AiMode) -> str:
    """Say what part the model has."""
    return MODES[ai]


def card(session: Session) -> str:
    """Say in one line what a session is: form, style, the model's part, who began it."""
    return f"{session.form}, style {session.preset.name}, {mode(session.ai)}, begun by {session.opener_name}"


def how_to_take_part(ai: AiMode) -> str:
    """Say what a newcomer can do."""
    return _TAKING_PART[ai]


def help_text(topic: str | None, terminal: bool = False) -> str:
    """Return the list of commands, or how one of them is used; ``terminal`` tells of its own ones too."""
    commands = [command for command in COMMANDS if terminal or not command.terminal_only]
    wanted = (topic or "").strip().removeprefix("/").casefold()
    matching = [command for command in commands if _about(command, wanted)] if wanted else []
    if matching:
        return "\n\n".join(map(_in_detail, matching))
    unknown = f"There is no help on “{wanted}”. This is what you can do:\n" if wanted else ""
    return unknown + _overview(commands)


def usage(command: Command) -> str:
    """Return the command with its options, the optional ones in brackets."""
    return " ".join([f"/{command.name}", *map(_slot, command.options)])


def allowed(option: Option) -> str:
    """Say what an option takes beyond free text; empty where that says it all."""
    if option.choices:
        return either(option.choices)
    if option.least is not None and option.most is not None:
        return f"{option.least} to {option.most}"
    return ""


def _about(command: Command, wanted: str) -> bool:
    return command.name == wanted or wanted in command.name.split()


def _overview(commands: list[Command]) -> str:
    typed = "" if any(command.terminal_only for command in commands) else f"{TYPED}\n"
    listed = "\n".join(f"/{command.name} – {command.help}" for command in commands)
    return f"{listed}\n{typed}/help and a command's name tell more, for example: /help continue"


def _in_detail(command: Command) -> str:
    options = [f"  {option.name}: {option.help}{_within(option)}" for option in command.options]
    examples = ["For example:", *(f"  {example}" for example in command.examples)]
    return "\n".join([f"{usage(command)}", command.help, *options, *examples])


def _within(option: Option) -> str:
    return f" ({allowed(option)})" if allowed(option) else ""


def _slot(option: Option) -> str:
    return f"{option.name}:" if option.required else f"[{option.name}:]"
