"""The settings: ``config.toml`` in the current folder, overridden by the environment; secrets from there alone."""

from bot.settings.faults import SettingsError
from bot.settings.loading import load_settings
from bot.settings.secrets import Secrets, load_secrets
from bot.settings.sections import Settings

__all__ = ["Secrets", "Settings", "SettingsError", "load_secrets", "load_settings"]
