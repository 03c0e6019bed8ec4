"""What the rooms are given, made of the settings."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from bot.model import Address, Embedded, Endpoint, Patience, Progress, Supervisor
from bot.settings import Secrets, SettingsError
from bot.settings.sections import DiscordSection, ModelSection


def endpoint_of(section: ModelSection, secrets: Secrets) -> Endpoint:
    """Return where the model answers: at a URL, or nowhere until the embedded server is ready."""
    if section.url:
        return Endpoint(Address(section.url, secrets.model_api_key, section.wanted))
    return Endpoint()


def patience_of(section: ModelSection) -> Patience:
    """Return how long to wait for the model."""
    return Patience(
        start=section.start_seconds,
        first_text=section.first_text_seconds,
        next_text=section.next_text_seconds,
        retries=section.retries,
    )


def supervisor_of(
    section: ModelSection, endpoint: Endpoint, watch: Callable[[Progress], None]
) -> Supervisor | None:
    """Return the keeper of the embedded server, None where another server is used. Raises SettingsError."""
    if section.url:
        return None
    folder = section.adapters_folder
    if folder and not Path(folder).expanduser().is_dir():
        remedy = "make it, or leave the setting empty"
        raise SettingsError("model.adapters_folder", "", f"there is no folder {folder}", remedy)
    embedded = Embedded(
        model=section.name,
        device=section.device,
        dtype=section.dtype,
        max_memory=section.max_memory,
        threads=section.threads,
        context_tokens=section.context_tokens,
        max_concurrent=section.max_concurrent,
        max_queue=section.max_queue,
        cache_folder=section.cache_folder,
        adapters_folder=folder,
    )
    return Supervisor(embedded.command(), os.environ, endpoint, watch)


@asynccontextmanager
async def kept_running(supervisor: Supervisor | None) -> AsyncGenerator[None, None]:
    """Keep the embedded server running beside the block.

    A model that cannot load ends the block: ModelCannotLoad is raised in a group.
    """
    if supervisor is None:
        yield
        return
    async with asyncio.TaskGroup() as group:
        task = group.create_task(supervisor.run(), name="model server")
        yield
        task.cancel()


def first_of(faults: BaseExceptionGroup[Exception]) -> Exception:
    """Return the first fault of a group, however deep it lies."""
    fault: Exception | BaseExceptionGroup[Exception] = faults
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def point_discord_py(section: DiscordSection) -> None:
    """Set the two addresses that discord.py has no parameter for."""
    import yarl
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    if section.api_url:
        Route.BASE = section.api_url
    if section.gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(section.gateway_url)
