"""`python -m bot`: the one place that builds the house, and the only one that knows all its rooms."""

import asyncio
import contextlib
import getpass
import logging
import os
import random
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.delivery.courier import Delivery
from bot.model import Loading, ModelCannotLoad, Progress, Restarting, Supervisor, open_model
from bot.operations import operate
from bot.operations.remedies import remedy
from bot.operations.wiring import (
    endpoint_of,
    first_of,
    kept_running,
    patience_of,
    point_discord_py,
    supervisor_of,
)
from bot.publish.markdown import markdown
from bot.settings import Secrets, Settings, SettingsError, load_secrets, load_settings
from bot.storage import StoreUnusable, open_store
from bot.wording.house import model_loading, model_ready, model_restarting
from bot.workshop.acts import Limits
from bot.workshop.workshop import Tools, Workshop, open_workshop

if TYPE_CHECKING:
    from bot.settings.sections import LogSection

CANNOT_START: Final = 2
INTERRUPTED: Final = 130
LOG_BYTES: Final = 2_000_000
LOG_LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"

log = logging.getLogger("bot")


class CannotStart(Exception):
    """Something outside the program keeps it from starting; the text says in one line what to do."""


@dataclass(frozen=True, slots=True)
class House:
    """The rooms that both faces share. ``watch`` is called with what the model server tells of itself."""

    settings: Settings
    workshop: Workshop
    delivery: Delivery
    supervisor: Callable[[Callable[[Progress], None]], Supervisor | None]


def main() -> int:
    """Run Scriptorium and return its exit code: 2 with one line of advice when it cannot start."""
    code = 0
    try:
        code = operate(sys.argv[1:], os.environ, print) if sys.argv[1:] else _run()
    except* (SettingsError, StoreUnusable, ModelCannotLoad, CannotStart) as faults:
        _advise(faults)
        code = CANNOT_START
    except* asyncio.CancelledError:
        log.info("Ended by a signal, in good order")
    except* KeyboardInterrupt:
        code = INTERRUPTED
    return code


def _run() -> int:
    secrets = load_secrets(os.environ)
    settings = load_settings(None, os.environ)
    _write_log(settings.log, Path(settings.storage.path), terminal=secrets.discord_token is None)
    asyncio.run(_live(settings, secrets))
    return 0


async def _live(settings: Settings, secrets: Secrets) -> None:
    _end_on(signal.SIGTERM)
    async with build(settings, secrets) as house:
        if secrets.discord_token:
            await _on_discord(house, secrets.discord_token.get_secret_value())
        else:
            await _in_the_terminal(house)


@asynccontextmanager
async def build(settings: Settings, secrets: Secrets) -> AsyncGenerator[House, None]:
    """Open the rooms that every face of Scriptorium needs."""
    endpoint = endpoint_of(settings.model, secrets)
    delivery = Delivery(now=_utc_now)
    storage = settings.storage
    async with (
        open_store(
            storage.path,
            busy_timeout=storage.busy_timeout_seconds,
            backups_kept=storage.backups_kept,
            now=_utc_now,
        ) as ledger,
        open_model(endpoint, patience_of(settings.model), settings.model.context_tokens) as model,
        open_workshop(
            Tools(
                ledger=ledger,
                model=model,
                courier=delivery,
                markdown=markdown,
                now=_utc_now,
                chance=random.Random(),
                limits=Limits(
                    passage_characters=settings.writing.passage_characters,
                    ballot_open=timedelta(minutes=settings.ballot.minutes),
                    prompt_tokens=settings.writing.prompt_tokens,
                ),
                store=ledger.describe(),
            )
        ) as workshop,
    ):
        log.info("The store is open: %s, at %s", ledger.describe(), storage.path.resolve())

        def supervisor(watch: Callable[[Progress], None]) -> Supervisor | None:
            return supervisor_of(settings.model, endpoint, watch)

        yield House(settings, workshop, delivery, supervisor)


async def _on_discord(house: House, token: str) -> None:
    from cogs.client import (
        ScriptoriumBot,
        StartFault,
    )  # discord.py takes a second that a terminal need not wait

    point_discord_py(house.settings.discord)
    section = house.settings.discord
    bot = ScriptoriumBot(house.workshop, role=section.moderator_role, message_content=section.message_content)
    async with (
        bot,
        house.delivery.open(house.workshop.desk, bot.sender),
        kept_running(house.supervisor(_log_news)),
    ):
        try:
            await bot.serve(token)
        except StartFault as fault:
            raise CannotStart(str(fault)) from fault


async def _in_the_terminal(house: House) -> None:
    from bot.terminal import Terminal, TerminalSender, open_paper  # each face without the other's libraries

    settings = house.settings
    with open_paper(sys.stdin, sys.stdout, os.environ) as paper:
        sender = TerminalSender(paper)
        terminal = Terminal(
            house.workshop,
            sender,
            name=settings.terminal.name or _login_name(),
            exports=settings.export.folder,
            stdin=sys.stdin,
            history=settings.storage.path.parent / "terminal-history",
        )

        def watch(news: Progress) -> None:
            _log_news(news)
            terminal.notify(_told(news))

        async with house.delivery.open(house.workshop.desk, sender), kept_running(house.supervisor(watch)):
            await terminal.run()


def _advise(faults: BaseExceptionGroup[Exception]) -> None:
    """Print the first fault, however deep it lies, as one line with what to do about it."""
    fault = first_of(faults)
    told = f"{fault}. {remedy(fault)}" if isinstance(fault, StoreUnusable) else str(fault)
    print(f"scriptorium: {' '.join(told.split())}", file=sys.stderr)  # noqa: T201


def _told(news: Progress) -> str:
    match news:
        case Loading(step, seconds):
            return model_loading(step, seconds)
        case Restarting(seconds):
            return model_restarting(seconds)
        case _:
            return model_ready(news.model)


def _log_news(news: Progress) -> None:
    log.info("The model server: %s", news)


def _write_log(section: "LogSection", database: Path, *, terminal: bool) -> None:
    file = section.file or (str(database.with_suffix(".log")) if terminal else "")
    handler: logging.Handler = logging.StreamHandler()
    if file:
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(file, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
        except OSError as fault:
            raise CannotStart(f"the log {file} cannot be written: {fault.strerror}; set log.file") from fault
    logging.basicConfig(level=section.level.upper(), handlers=[handler], format=LOG_LINE, force=True)
    logging.captureWarnings(capture=True)


def _end_on(number: signal.Signals) -> None:
    """Let a signal end the house in good order."""
    task = asyncio.current_task()
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(number, lambda: task and task.cancel())


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "you"


def _utc_now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    sys.exit(main())
