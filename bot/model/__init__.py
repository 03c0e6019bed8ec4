"""The way to the language model: a client for any OpenAI-compatible server, and the keeper of our own."""

from bot.model.client import Patience, open_model
from bot.model.endpoint import Address, Endpoint

__all__ = ["Address", "Endpoint", "Patience", "open_model"]
