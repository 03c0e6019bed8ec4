"""Secrets: from the environment alone, or from a file that it names; their values appear in no text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from bot.settings.faults import SettingsError

DISCORD_TOKEN: Final = "DISCORD_TOKEN"  # noqa: S105 (a variable's name)
MODEL_API_KEY: Final = "MODEL_API_KEY"
_SECRET_KEY: Final = re.compile(r"(^|_)(token|key|secret|password)(_file)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets that are set; their values come out by ``get_secret_value()`` only."""

    discord_token: SecretStr | None
    model_api_key: SecretStr | None


def load_secrets(environ: Mapping[str, str]) -> Secrets:
    """Read both secrets. Raises SettingsError, which never holds a value."""
    return Secrets(discord_token=_read(environ, DISCORD_TOKEN), model_api_key=_read(environ, MODEL_API_KEY))


def looks_secret(key: str) -> bool:
    """Tell whether a key of the file names a secret."""
    return _SECRET_KEY.search(key) is not None


def secret_variable(section: str, key: str) -> str:
    """Name the variable that a misplaced secret belongs into."""
    return MODEL_API_KEY if "model" in section or "key" in (key or section) else DISCORD_TOKEN


def _read(environ: Mapping[str, str], variable: str) -> SecretStr | None:
    named = f"{variable}_FILE"
    value, file = environ.get(variable, "").strip(), environ.get(named, "").strip()
    if value and file:
        raise SettingsError(variable, "", f"is set beside {named}", "set one of the two")
    where = variable if value else named
    value = value or (_contents(named, Path(file)) if file else "")
    if value and not (value.isascii() and value.isprintable() and " " not in value):
        raise SettingsError(
            where, "", "holds more than one word", "the secret alone, without spaces or quotes"
        )
    return SecretStr(value) if value else None


def _contents(variable: str, file: Path) -> str:
    try:
        value = file.expanduser().read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise SettingsError(
            variable, "", f"names {file}, which is no text", "a file with the secret alone"
        ) from None
    except OSError as fault:
        reason = (fault.strerror or "cannot be read").lower()
        raise SettingsError(variable, "", f"names {file}: {reason}", "a file with the secret alone") from None
    if not value:
        raise SettingsError(variable, "", f"names {file}, which is empty", "a file with the secret alone")
    return value
