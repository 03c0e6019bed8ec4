"""The way to the language model: a client for any OpenAI-compatible server, and the keeper of our own."""

from bot.model.client import ModelClient, Patience, open_model
from bot.model.endpoint import Address, Endpoint
from bot.model.news import Loading, Progress, Ready, Restarting
from bot.model.supervisor import Embedded, ModelCannotLoad, Supervisor

__all__ = [
    "Address",
    "Embedded",
    "Endpoint",
    "Loading",
    "ModelCannotLoad",
    "ModelClient",
    "Patience",
    "Progress",
    "Ready",
    "Restarting",
    "Supervisor",
    "open_model",
]
