"""Where the model answers."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.workshop.errors import ModelDown


@dataclass(frozen=True, slots=True)
class Address:
    """A server's URL, with /v1; ``model`` is the one to ask for there, empty for the first that it lists.

    ``plain`` says that the server takes control tokens in people's text as text, as our own does.
    """

    url: str
    key: SecretStr | None = None
    model: str = ""
    plain: bool = False

    @property
    def root(self) -> str:
        """The URL without /v1, where servers have what OpenAI's protocol lacks."""
        return self.url.rstrip("/").removesuffix("/v1")

    @property
    def on_this_machine(self) -> bool:
        """Tell whether no proxy can stand between."""
        return urlsplit(self.url).hostname in {"localhost", "127.0.0.1", "::1"}


class Endpoint:
    """The model server's address, which a supervised server changes with each start.

    A server elsewhere has one address for good; one of our own has none while it loads.
    """

    def __init__(self, address: Address | None = None) -> None:
        self._address = address
        self._opened = asyncio.Event()

    @property
    def address(self) -> Address | None:
        """The address, None while no server is ready."""
        return self._address

    def open(self, address: Address) -> None:
        """Note that a server is ready there."""
        self._address = address
        self._opened.set()

    def close(self) -> None:
        """Note that no server is ready."""
        self._address = None
        self._opened.clear()

    async def ready(self, seconds: float) -> Address:
        """Wait that long for a server. Raises ModelDown."""
        try:
            async with asyncio.timeout(seconds):
                while self._address is None:
                    await self._opened.wait()
        except TimeoutError:
            raise ModelDown from None
        return self._address
