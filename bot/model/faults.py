"""A server's faults, in the workshop's terms and without the server's words."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import openai

from bot.workshop.errors import (
    AdapterMissing,
    AdapterUnfit,
    ModelBusy,
    ModelDown,
    ModelError,
    ModelNonsense,
    ModelRefused,
    ModelTimedOut,
)

NOT_FOUND = 404
TOO_MANY_REQUESTS = 429
UNFIT_ADAPTER = "unfit_adapter"
"""What our own server calls an adapter that it cannot use, with a 400."""
_FAULTS = (openai.OpenAIError, TimeoutError, ValueError)


@asynccontextmanager
async def within(seconds: float) -> AsyncGenerator[None]:
    """Bound what is done here, and turn what the client library raises into a ModelError."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except _FAULTS as fault:
        raise translate(fault, seconds) from None


def translate(fault: Exception, seconds: float) -> ModelError:
    """Say what a fault of the client library means; a ValueError is an answer that cannot be read."""
    match fault:
        case TimeoutError():
            return ModelTimedOut(seconds)
        case openai.APIStatusError():
            return _by_status(fault.status_code, fault.response.headers.get("retry-after"))
        case openai.APIResponseValidationError() | ValueError():
            return ModelNonsense()
        case openai.APIConnectionError():
            return ModelDown()
        case openai.APIError(code=str(code)) if code.isdecimal():
            return _by_status(int(code), None)
        case _:
            return ModelDown()


def of_adapter(fault: openai.APIStatusError, adapter: str) -> ModelError | None:
    """Say what a refusal tells of the adapter that was asked for; None where it is about something else."""
    if adapter and fault.code == UNFIT_ADAPTER:
        return AdapterUnfit(adapter)
    if adapter and fault.status_code == NOT_FOUND:
        return AdapterMissing(adapter)
    return None


def _by_status(status: int, retry_after: str | None) -> ModelError:
    if status == TOO_MANY_REQUESTS:
        return ModelBusy(_seconds(retry_after))
    if 400 <= status < 500:
        return ModelRefused(status)
    return ModelDown() if status >= 500 else ModelNonsense()


def _seconds(retry_after: str | None) -> float | None:
    try:
        return max(0.0, float(retry_after or ""))
    except ValueError:
        return None
