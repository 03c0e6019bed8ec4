"""`python -m bot doctor`: one look at everything that a start needs."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from bot.operations.database import look_at_database
from bot.operations.discord import look_at_discord
from bot.operations.findings import Finding, Level, fail, ok
from bot.operations.model import look_at_model
from bot.settings import SettingsError, load_secrets, load_settings


async def doctor(environ: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Say each finding as soon as it is there; return 1 where one keeps Scriptorium from its work, else 0."""
    logging.getLogger().addHandler(logging.NullHandler())
    code = 0
    async for findings in _look(environ):
        for finding in findings:
            say(str(finding))
            code = 1 if finding.level is Level.FAIL else code
    return code


async def _look(environ: Mapping[str, str]) -> AsyncIterator[Sequence[Finding]]:
    try:
        settings, secrets = load_settings(None, environ), load_secrets(environ)
    except SettingsError as fault:
        yield [fail("settings", str(fault), "The rest is looked at when that is mended.")]
        return
    yield [ok("settings", "every key and value is known")]
    yield look_at_database(settings.storage)
    yield await look_at_discord(settings.discord, secrets.discord_token)
    yield await look_at_model(settings.model, secrets)
