"""A streamed answer, read piece by piece."""

from types import TracebackType
from typing import Self

from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk
from pydantic import BaseModel, ConfigDict

from bot.model.echo import Echo


class _Delta(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    content: str | None = None


class _Choice(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    delta: _Delta
    finish_reason: str | None = None


class _Chunk(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    choices: list[_Choice] = []


class Answer:
    """The text of the first choice, without what it repeats of ``lead`` at its beginning.

    Leaving its block closes the connection, which stops the generation.
    """

    def __init__(self, stream: AsyncStream[ChatCompletionChunk], lead: str = "") -> None:
        self._stream = stream
        self._echo = Echo(lead)
        self._finished = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stream.close()

    async def piece(self) -> str | None:
        """Wait for more text; None at the end. Raises ValueError when the answer breaks off or is none."""
        while not self._finished:
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise ValueError("the answer has no end")
            if text := self._echo.passed(self._read(chunk)):
                return text
        return self._echo.rest() or None

    def _read(self, chunk: ChatCompletionChunk) -> str:
        choices = _Chunk.model_validate(chunk).choices
        if not choices:
            return ""
        self._finished = choices[0].finish_reason is not None
        return choices[0].delta.content or ""
