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
from bot.model import (
    Address,
    Embedded,
    Endpoint,
    Loading,
    ModelCannotLoad,
    Patience,
    Progress,
    Restarting,
    Supervisor,
    open_model,
)
from bot.publish.markdown import markdown
from bot.settings import Secrets, Settings, SettingsError, load_secrets, load_settings
from bot.storage import StoreUnusable, open_store
from bot.wording.house import model_loading, model_ready, model_restarting
from bot.workshop.acts import Limits
from bot.workshop.workshop import Tools, Workshop, open_workshop

if TYPE_CHECKING:
    from bot.settings.sections import LogSection, ModelSection

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
        secrets = load_secrets(os.environ)
        settings = load_settings(None, os.environ)
        _write_log(settings.log, Path(settings.storage.path), terminal=secrets.discord_token is None)
        asyncio.run(_live(settings, secrets))
    except* (SettingsError, StoreUnusable, CannotStart) as faults:
        _advise(faults)
        code = CANNOT_START
    except* asyncio.CancelledError:
        log.info("Ended by a signal, in good order")
    except* KeyboardInterrupt:
        code = INTERRUPTED
    return code


async def _live(settings: Settings, secrets: Secrets) -> None:
    _end_on(signal.SIGTERM)
    async with _build(settings, secrets) as house:
        if secrets.discord_token:
            await _on_discord(house, secrets.discord_token.get_secret_value())
        else:
            await _in_the_terminal(house)


@asynccontextmanager
async def _build(settings: Settings, secrets: Secrets) -> AsyncGenerator[House, None]:
    endpoint = _endpoint(settings.model, secrets)
    delivery = Delivery(now=_utc_now)
    storage = settings.storage
    async with (
        open_store(
            storage.path,
            busy_timeout=storage.busy_timeout_seconds,
            backups_kept=storage.backups_kept,
            now=_utc_now,
        ) as ledger,
        open_model(endpoint, _patience(settings.model), settings.model.context_tokens) as model,
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
            if settings.model.url:
                return None
            return Supervisor(_embedded(settings.model).command(), os.environ, endpoint, watch)

        yield House(settings, workshop, delivery, supervisor)


async def _on_discord(house: House, token: str) -> None:
    from cogs.client import (
        ScriptoriumBot,
        StartFault,
    )  # discord.py takes a second that a terminal need not wait

    _point_discord_py(house.settings)
    section = house.settings.discord
    bot = ScriptoriumBot(house.workshop, role=section.moderator_role, message_content=section.message_content)
    async with bot, house.delivery.open(house.workshop.desk, bot.sender), _model_server(house, _log_news):
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

        async with house.delivery.open(house.workshop.desk, sender), _model_server(house, watch):
            await terminal.run()


@asynccontextmanager
async def _model_server(house: House, watch: Callable[[Progress], None]) -> AsyncGenerator[None, None]:
    """Keep the embedded server running beside the block; a model that cannot load ends the block."""
    supervisor = house.supervisor(watch)
    if supervisor is None:
        yield
        return
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_serve(supervisor), name="model server")
        yield
        task.cancel()


async def _serve(supervisor: Supervisor) -> None:
    try:
        await supervisor.run()
    except ModelCannotLoad as fault:
        raise CannotStart(str(fault)) from fault


def _endpoint(section: "ModelSection", secrets: Secrets) -> Endpoint:
    if section.url:
        return Endpoint(Address(section.url, secrets.model_api_key, section.wanted))
    return Endpoint()


def _patience(section: "ModelSection") -> Patience:
    return Patience(
        start=section.start_seconds,
        first_text=section.first_text_seconds,
        next_text=section.next_text_seconds,
        retries=section.retries,
    )


def _embedded(section: "ModelSection") -> Embedded:
    return Embedded(
        model=section.name,
        device=section.device,
        dtype=section.dtype,
        max_memory=section.max_memory,
        threads=section.threads,
        context_tokens=section.context_tokens,
        max_concurrent=section.max_concurrent,
        max_queue=section.max_queue,
        cache_folder=section.cache_folder,
    )


def _point_discord_py(settings: Settings) -> None:
    """Set the two addresses that discord.py has no parameter for."""
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    if settings.discord.api_url:
        Route.BASE = settings.discord.api_url
    if settings.discord.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord.gateway_url)


def _advise(faults: BaseExceptionGroup[Exception]) -> None:
    """Print the first fault, however deep it lies, as one line."""
    fault: BaseException = faults
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    print(f"scriptorium: {' '.join(str(fault).split())}", file=sys.stderr)  # noqa: T201


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
