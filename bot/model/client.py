"""The workshop's Model, at any OpenAI-compatible server."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from bot.model.answer import Answer
from bot.model.endpoint import Endpoint
from bot.model.faults import within
from bot.model.line import Line, NoTokenizer
from bot.model.tokens import Counter, estimate
from bot.workshop.errors import ModelBusy, ModelDown, ModelNonsense
from bot.workshop.records import ModelInfo, ModelRequest

CONTEXT: Final = 4096
LONGEST_PAUSE: Final = 30.0
FIRST_PAUSE: Final = 0.25
TALKATIVE: Final = ("openai", "httpx2", "httpcore2")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for a model that loads, for a first and each further piece, for other answers.

    ``retries`` counts the further attempts at a server that is busy or fails before it gave any text.
    """

    start: float = 300.0
    first_text: float = 180.0
    next_text: float = 60.0
    answer: float = 30.0
    retries: int = 2


@asynccontextmanager
async def open_model(
    endpoint: Endpoint, patience: Patience | None = None, context_tokens: int = 0
) -> AsyncGenerator["ModelClient"]:
    """Open a client that follows ``endpoint``; ``context_tokens`` bounds what the model holds, 0 does not."""
    for name in TALKATIVE:  # at their lower levels these write requests, with texts and headers
        logging.getLogger(name).setLevel(logging.WARNING)
    async with AsyncExitStack() as lines:
        yield ModelClient(endpoint, patience or Patience(), context_tokens, lines)


class ModelClient:
    """Implements ``bot.workshop.ports.Model``."""

    def __init__(
        self, endpoint: Endpoint, patience: Patience, context_tokens: int, lines: AsyncExitStack
    ) -> None:
        self._endpoint = endpoint
        self._patience = patience
        self._context_tokens = context_tokens
        self._lines = lines
        self._line: Line | None = None
        self._counter = Counter()

    async def info(self) -> ModelInfo:
        """Ask the server which model it serves. Raises ModelError."""
        card = await self._ask(lambda line: line.card())
        exact = await self._ask(self._counts_tokens)
        bounds = [tokens for tokens in (card.context, self._context_tokens) if tokens]
        return ModelInfo(card.id, min(bounds, default=CONTEXT), exact, base=card.parent or "")

    async def adapters(self) -> Sequence[str]:
        """Ask the server which adapters it has over the model. Raises ModelError."""
        return tuple(await self._ask(lambda line: line.adapted()))

    async def count(self, texts: Sequence[str]) -> Sequence[int]:
        """Return the tokens of each text, estimated where the server does not count. Raises ModelError."""
        return await self._ask(lambda line: self._count(line, texts))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[str, None]:
        """Yield pieces of text as they come. Closing the iterator stops the generation. Raises ModelError."""
        answer, text = await self._persist(self._begin, request)
        async with answer:
            while text is not None:
                yield text
                async with within(self._patience.next_text):
                    text = await answer.piece()

    async def _begin(self, request: ModelRequest, until: float) -> tuple[Answer, str | None]:
        line = await self._connect(until)
        async with within(self._patience.first_text), AsyncExitStack() as unless_begun:
            stream = await line.write(request)
            answer = await unless_begun.enter_async_context(Answer(stream, line.repeatable(request)))
            text = await answer.piece()
            if text is None:
                raise ModelNonsense
            unless_begun.pop_all()
            return answer, text

    async def _ask(self, question: Callable[[Line], Awaitable[T]]) -> T:
        async def once(until: float) -> T:
            line = await self._connect(until)
            async with within(self._patience.answer):
                return await question(line)

        return await self._persist(once)

    async def _persist(self, attempt: Callable[..., Awaitable[T]], *arguments: object) -> T:
        until = asyncio.get_running_loop().time() + self._patience.start
        attempts = AsyncRetrying(
            stop=stop_after_attempt(1 + self._patience.retries),
            retry=retry_if_exception(_may_pass),
            wait=_pause,
            reraise=True,
        )
        return await attempts(attempt, *arguments, until)

    async def _connect(self, until: float) -> Line:
        address = await self._endpoint.ready(max(0.0, until - asyncio.get_running_loop().time()))
        if self._line is None or self._line.address != address:
            self._line = Line.to(address)
            self._lines.push_async_callback(self._line.api.close)
        return self._line

    async def _counts_tokens(self, line: Line) -> bool:
        if line.counts_tokens is None:
            await self._count(line, ("a",))
        return bool(line.counts_tokens)

    async def _count(self, line: Line, texts: Sequence[str]) -> Sequence[int]:
        if line.counts_tokens is not False:
            try:
                counts = await self._counter.count(texts, line.count)
            except NoTokenizer:
                line.counts_tokens = False
            else:
                line.counts_tokens = True if texts else line.counts_tokens
                return counts
        return [estimate(text) for text in texts]


def _may_pass(fault: BaseException) -> bool:
    if isinstance(fault, ModelBusy):
        return (fault.retry_after or 0.0) <= LONGEST_PAUSE
    return isinstance(fault, ModelDown)


def _pause(state: RetryCallState) -> float:
    fault = state.outcome.exception() if state.outcome else None
    if isinstance(fault, ModelBusy) and fault.retry_after is not None:
        return fault.retry_after
    return FIRST_PAUSE * 2 ** (state.attempt_number - 1)
