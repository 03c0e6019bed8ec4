"""Reading the settings, and saying in one line what is wrong with them."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
)

from bot.settings.faults import SettingsError, allowed, unknown
from bot.settings.secrets import looks_secret, secret_variable
from bot.settings.sections import PREFIX, SEPARATOR, Settings

FILE: Final = Path("config.toml")
FILE_VARIABLE: Final = "SCRIPTORIUM_CONFIG"
PATTERN_FAULT: Final = "should have another form"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the file at ``path``, else the one that ``SCRIPTORIUM_CONFIG`` names, else ``config.toml`` here.

    ``SCRIPTORIUM_SECTION__KEY`` in ``environ`` wins over the file. Raises SettingsError.
    """
    path = path or Path(environ.get(FILE_VARIABLE) or FILE)
    table = _parse(path)
    for section, values in table.items():
        _check_section(str(path), section, values)
    overrides = {
        name: value for name, value in environ.items() if name.startswith(PREFIX) and name != FILE_VARIABLE
    }
    for name in overrides:
        _check_name(name, *name.removeprefix(PREFIX).lower().partition(SEPARATOR)[::2])
    try:
        return _loader(table, overrides)()
    except ValidationError as fault:
        details = fault.errors(include_url=False, include_input=False, include_context=True)[0]
        wrong = PATTERN_FAULT if details["type"] == "string_pattern_mismatch" else details["msg"]
        error = _explain(str(path), details["loc"], wrong, overrides)
    raise error


def fields_of(section: str) -> Mapping[str, FieldInfo]:
    """Return the settings of a section by key; empty where no section has that name."""
    field = Settings.model_fields.get(section)
    return cast(type[BaseModel], field.annotation).model_fields if field else {}


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        wrong = str(fault) if isinstance(fault, tomllib.TOMLDecodeError) else "it is not UTF-8 text"
        raise SettingsError(str(path), "", f"is no valid TOML: {_lower(wrong)}", "correct it there") from None
    except OSError as fault:
        wrong = f"cannot be read: {_lower(fault.strerror or 'no reason given')}"
        remedy = f"start from the folder with {FILE}, or name the file in {FILE_VARIABLE}"
        raise SettingsError(str(path), "", wrong, remedy) from None


def _check_section(where: str, section: str, values: object) -> None:
    if not isinstance(values, dict):
        if section in Settings.model_fields:
            raise SettingsError(where, section, "is a section", f"write [{section}] on a line of its own")
        values = {"": None}
    for key in cast(dict[str, object], values):
        _check_name(where, section, key)


def _check_name(where: str, section: str, key: str) -> None:
    known = fields_of(section)
    if key in known:
        return
    label = f"{section}.{key}" if known and key else section
    if looks_secret(key or section):
        variable = secret_variable(section, key)
        remedy = f"set {variable} or {variable}_FILE in the environment, and take it out here"
        raise SettingsError(where, label, "is a secret", remedy)
    if not known:
        raise SettingsError(where, label, "is no section", unknown(section, tuple(Settings.model_fields)))
    raise SettingsError(where, label, "is no setting", unknown(key, tuple(known)))


def _explain(
    file: str, loc: tuple[int | str, ...], message: str, overrides: Mapping[str, str]
) -> SettingsError:
    section, key = str(loc[0]), str(loc[1])
    variable = f"{PREFIX}{section}{SEPARATOR}{key}".upper()
    wrong = _lower(message.removeprefix("Value error, ").replace("Input ", ""))
    remedy = f"allowed: {allowed(fields_of(section)[key])}"
    if variable in map(str.upper, overrides):
        return SettingsError(variable, "", wrong, remedy)
    return SettingsError(file, f"{section}.{key}", wrong, remedy)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _loader(table: dict[str, Any], overrides: Mapping[str, str]) -> type[Settings]:
    """Build the class that reads from these two places and no others."""

    class Environment(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {name.lower(): value for name, value in overrides.items()}

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            *_: PydanticBaseSettingsSource,
            **__: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return Environment(settings_cls), InitSettingsSource(settings_cls, table)

    return Loaded
