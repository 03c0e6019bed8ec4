"""The line to one server: the requests that we make there, and what we learnt about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel

from bot.model.cards import Card, Cards, adapted
from bot.model.dialect import Dialect, broken, extras_of, is_prefilled, messages_of
from bot.model.endpoint import Address
from bot.model.faults import of_adapter
from bot.model.pseudonyms import Pseudonyms
from bot.model.tokens import estimate
from bot.workshop.errors import AdapterMissing, ModelNonsense, ModelRefused
from bot.workshop.records import ModelRequest

CONNECT_SECONDS: Final = 10.0
NO_KEY: Final = "none"
COUNTS_NOT: Final = frozenset({400, 404, 405, 422, 501})
TOO_LARGE: Final = 413
REFUSALS: Final = (openai.BadRequestError, openai.UnprocessableEntityError)


class _Tokens(BaseModel):
    count: int | None = None
    tokens: list[int] | None = None


class NoTokenizer(Exception):
    """The server does not count tokens."""


@dataclass(eq=False)
class Line:
    """Raises what the openai package raises, and ValueError for an answer that cannot be read."""

    address: Address
    api: AsyncOpenAI = field(repr=False)
    dialect: Dialect = field(default_factory=Dialect)
    counts_tokens: bool | None = None
    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)
    _name: str | None = None

    @classmethod
    def to(cls, address: Address) -> "Line":
        """Make the line; nothing is sent yet."""
        key = address.key.get_secret_value() if address.key else NO_KEY
        http = openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(None, connect=CONNECT_SECONDS),
            trust_env=not address.on_this_machine,
            follow_redirects=False,
            verify=address.url.startswith("https://"),  # reading the certificates takes long
        )
        return cls(address, AsyncOpenAI(base_url=address.url, api_key=key, max_retries=0, http_client=http))

    async def health(self) -> None:
        """Ask a server of our own whether it is well; one that is not answers with an error."""
        await self.api.get(f"{self.address.root}/health", cast_to=str)

    async def card(self) -> Card:
        """Return the model that is asked for here, or the first. Raises ModelRefused, ModelNonsense."""
        return self._card(await self._cards())

    async def adapted(self) -> Mapping[str, str]:
        """Return what the model is called here with each adapter. Raises as ``card``."""
        cards = await self._cards()
        return adapted(cards, self._card(cards).base)

    async def name(self) -> str:
        """Return the model's name at this server."""
        return self._name or self.address.model or (await self.card()).id

    async def write(self, request: ModelRequest) -> AsyncStream[ChatCompletionChunk]:
        """Begin a stream in the best way that this server takes. Raises AdapterMissing, AdapterUnfit too."""
        model = await self._model_with(request.adapter)
        *others, last = self.dialect.ways(request)
        for way in others:
            try:
                return await self._write(request, model, way)
            except REFUSALS:
                continue
        return await self._write(request, model, last)

    def repeatable(self, request: ModelRequest) -> str:
        """Give what an answer may say again: where a server knows no prefill, the words to go on from."""
        asked_in_words = is_prefilled(request) and self.dialect.prefill is False
        return request.messages[-1].content if asked_in_words else ""

    async def count(self, text: str) -> int:
        """Return a text's tokens. Raises NoTokenizer."""
        sent = text if self.address.plain else broken(text)
        body = {"model": await self.name(), "prompt": sent, "content": sent, "add_special_tokens": False}
        try:
            answer = await self.api.post(f"{self.address.root}/tokenize", cast_to=str, body=body)
            found = _Tokens.model_validate_json(answer)
        except openai.APIStatusError as fault:
            if fault.status_code == TOO_LARGE:
                return estimate(text)
            if fault.status_code in COUNTS_NOT:
                raise NoTokenizer from None
            raise
        except ValueError:
            raise NoTokenizer from None
        if found.count is None and found.tokens is None:
            raise NoTokenizer
        return found.count if found.count is not None else len(found.tokens or ())

    async def _cards(self) -> Sequence[Card]:
        return Cards.model_validate_json(await self.api.get("/models", cast_to=str)).data

    def _card(self, cards: Sequence[Card]) -> Card:
        wanted = self.address.model
        card = next((card for card in cards if wanted in ("", card.id)), None)
        if card is None:
            raise ModelRefused(404) if wanted else ModelNonsense()
        self._name = card.id
        return card

    async def _model_with(self, adapter: str) -> str:
        if not adapter:
            return await self.name()
        model = (await self.adapted()).get(adapter)
        if model is None:
            raise AdapterMissing(adapter)
        return model

    async def _write(
        self, request: ModelRequest, model: str, way: Dialect
    ) -> AsyncStream[ChatCompletionChunk]:
        try:
            stream = await self._begin(request, model, way)
        except openai.APIStatusError as fault:
            raise of_adapter(fault, request.adapter) or fault from None
        self.dialect = self.dialect.learn(way, request)
        return stream

    async def _begin(
        self, request: ModelRequest, model: str, way: Dialect
    ) -> AsyncStream[ChatCompletionChunk]:
        return await self.api.chat.completions.create(
            model=model,
            messages=messages_of(request, way, self.address.plain),
            stream=True,
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            max_tokens=request.max_tokens,
            seed=request.seed,
            stop=list(request.stop) or openai.omit,
            extra_body=extras_of(request, way) | (self.pseudonyms.of(request) if way.tells_whom else {}),
        )
