"""The line to one server: the requests that we make there, and what we learnt about it."""

from dataclasses import dataclass, field
from typing import Final

import openai
from openai import AsyncOpenAI, AsyncStream
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, ConfigDict

from bot.model.dialect import Dialect, broken, extras_of, is_prefilled, messages_of
from bot.model.endpoint import Address
from bot.model.pseudonyms import Pseudonyms
from bot.model.tokens import estimate
from bot.workshop.errors import ModelNonsense, ModelRefused
from bot.workshop.records import ModelRequest

CONNECT_SECONDS: Final = 10.0
NO_KEY: Final = "none"
COUNTS_NOT: Final = frozenset({400, 404, 405, 422, 501})
TOO_LARGE: Final = 413
REFUSALS: Final = (openai.BadRequestError, openai.UnprocessableEntityError)


class _Lenient(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="ignore")


class _Meta(_Lenient):
    n_ctx: int | None = None


class Card(_Lenient):
    """A model that a server lists; not every server says what it can hold: vLLM does, llama.cpp in its own place."""

    id: str
    max_model_len: int | None = None
    meta: _Meta | None = None

    @property
    def context(self) -> int | None:
        """The most tokens of prompt and answer, None where the server does not say."""
        return self.max_model_len or (self.meta.n_ctx if self.meta else None)


class _Cards(_Lenient):
    data: list[Card]


class _Tokens(_Lenient):
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
        cards = _Cards.model_validate_json(await self.api.get("/models", cast_to=str)).data
        wanted = self.address.model
        card = next((card for card in cards if wanted in ("", card.id)), None)
        if card is None:
            raise ModelRefused(404) if wanted else ModelNonsense()
        self._name = card.id
        return card

    async def name(self) -> str:
        """Return the model's name at this server."""
        return self._name or self.address.model or (await self.card()).id

    async def write(self, request: ModelRequest) -> AsyncStream[ChatCompletionChunk]:
        """Begin a stream in the best way that this server takes."""
        *others, last = self.dialect.ways(request)
        for way in others:
            try:
                return await self._write(request, way)
            except REFUSALS:
                continue
        return await self._write(request, last)

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

    async def _write(self, request: ModelRequest, way: Dialect) -> AsyncStream[ChatCompletionChunk]:
        stream = await self.api.chat.completions.create(
            model=await self.name(),
            messages=messages_of(request, way, self.address.plain),
            stream=True,
            temperature=request.sampling.temperature,
            top_p=request.sampling.top_p,
            max_tokens=request.max_tokens,
            seed=request.seed,
            stop=list(request.stop) or openai.omit,
            extra_body=extras_of(request, way) | (self.pseudonyms.of(request) if way.tells_whom else {}),
        )
        self.dialect = self.dialect.learn(way, request)
        return stream
