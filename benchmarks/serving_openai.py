"""A server of OpenAI's protocol, asked by OpenAI's own client as many clients ask it."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from socket import create_server
from time import perf_counter, sleep
from typing import Any, ClassVar

import httpx
import openai

from benchmarks.serving_peers import KEY, Peer, Settings, Written

ANSWER_SECONDS = 900.0
LOOK_EVERY = 0.05


class OpenAiPeer(Peer):
    """A server of OpenAI's protocol on loopback."""

    extras: ClassVar[Mapping[str, Any]] = {}
    """Parameters of its own with which it writes until `max_tokens`, whatever the model would rather."""
    takes_n: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        with create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.model = ""

    def wait_until_ready(self, until: float) -> None:
        """Wait for /health, and learn the model's name."""
        with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as http:
            while not self._healthy(http):
                self.check_alive(until)
                sleep(LOOK_EVERY)
            self.model = http.get(f"{self.url}/models").json()["data"][0]["id"]

    def _healthy(self, http: httpx.Client) -> bool:
        with suppress(httpx.HTTPError):
            return http.get(f"http://127.0.0.1:{self.port}/health").is_success
        return False

    async def write(self, prompts: Sequence[str], tokens: int, candidates: int = 1) -> Written:
        """Ask as many clients ask; where the server knows no `n`, ask once for each candidate."""
        repeated = 1 if self.takes_n else candidates
        asked = [prompt for prompt in prompts for _ in range(repeated)]
        async with openai.AsyncOpenAI(
            base_url=self.url, api_key=KEY, max_retries=0, timeout=ANSWER_SECONDS
        ) as client:
            await client.models.list()  # the connection stands
            one = partial(self._one, client, tokens=tokens, n=candidates // repeated)
            started = perf_counter()
            heard = await asyncio.gather(*(one(prompt) for prompt in asked))
        return Written(
            answers=len(prompts) * candidates,
            tokens=sum(tokens for tokens, _, _ in heard),
            first=min(first for _, first, _ in heard) - started,
            seconds=max(last for _, _, last in heard) - started,
        )

    async def _one(
        self, client: openai.AsyncOpenAI, prompt: str, tokens: int, n: int
    ) -> tuple[int, float, float]:
        """Give an answer's tokens, and when the first and the last came.

        Some servers count only one of several candidates; those send each token by itself.
        """
        stream = await client.chat.completions.create(
            model=self.model,
            messages=[{"role": "user", "content": prompt}],
            max_tokens=tokens,
            temperature=0.8,
            seed=1,
            stream=True,
            stream_options={"include_usage": True},
            extra_body={**self.extras_for(tokens), **({"n": n} if n > 1 else {})},
        )
        pieces, counted, first = 0, 0, 0.0
        async for chunk in stream:
            counted = chunk.usage.completion_tokens if chunk.usage else counted
            if chunk.choices and (chunk.choices[0].delta.content or chunk.choices[0].finish_reason):
                pieces += bool(chunk.choices[0].delta.content)
                first = first or perf_counter()
        return max(pieces, counted), first, perf_counter()

    def extras_for(self, tokens: int) -> Mapping[str, Any]:
        """Give what makes an answer exactly so long."""
        del tokens
        return self.extras
