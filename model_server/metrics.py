"""What a monitoring system reads at /metrics, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from model_server.engine.interface import End, Engine, Load, Record

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120, 300)
STEP_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20, 60)
ROWS: Final = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)
ADAPTER: Final = "adapter"
"""Empty where the model itself answers, which Prometheus takes for a label that is not there."""


class Metrics:
    """Counts the requests that have ended."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        inside = {"namespace": "model_server", "registry": self._registry}
        self._requests = Counter("requests", "Requests that have ended, by how", ["end", ADAPTER], **inside)
        self._prompt = Counter(
            "prompt_tokens", "Tokens of the prompts that were answered", [ADAPTER], **inside
        )
        self._answered = Counter(
            "answer_tokens", "Tokens of the answers that have ended", [ADAPTER], **inside
        )
        self._cached = Counter("cached_prompt_tokens", "Tokens of the prompts that were known", **inside)
        self._hits = Counter("prefix_hits", "Requests whose prompt was known in part", **inside)
        self._queued = Histogram(
            "queue_seconds", "From asking until the prompt is read", buckets=SECONDS, **inside
        )
        self._first = Histogram(
            "time_to_first_token_seconds", "From asking to the first token", buckets=SECONDS, **inside
        )
        self._whole = Histogram(
            "request_seconds", "From asking to the end of an answer", buckets=SECONDS, **inside
        )
        self._step = Histogram(
            "step_seconds", "What a step took, of reading and writing", buckets=STEP_SECONDS, **inside
        )
        self._batch = Histogram("batch_rows", "Rows that wrote in a step", buckets=ROWS, **inside)

        for end in get_args(End):
            self._requests.labels(end, "")
        for counter in (self._prompt, self._answered):
            counter.labels("")

    def count(self, record: Record) -> None:
        """Count a request, from whichever thread."""
        self._requests.labels(record.end, record.adapter).inc()
        if record.first_at:
            self._prompt.labels(record.adapter).inc(record.prompt_tokens)
            self._answered.labels(record.adapter).inc(record.tokens)
            self._queued.observe(record.queued)
            self._cached.inc(record.cached_tokens)
            self._hits.inc(record.cached_tokens > 0)
            self._first.observe(record.first_token)
        if record.end == "finished":
            self._whole.observe(record.seconds)

    def step(self, seconds: float, rows: int) -> None:
        """Count a step of the engine, from its thread."""
        self._step.observe(seconds)
        self._batch.observe(rows)

    def watch(self, engine: Engine) -> None:
        """Show what this engine is doing at the moment of asking, too."""
        self._registry.register(_Now(engine))

    def text(self) -> bytes:
        """Give everything as it stands now."""
        return generate_latest(self._registry)


class _Now(Collector):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        return _families(self._engine.load())


def _families(load: Load) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
    yield GaugeMetricFamily("model_server_requests_running", "Requests being answered", load.running)
    yield GaugeMetricFamily("model_server_requests_waiting", "Requests in the queue", load.queue)
    yield GaugeMetricFamily("model_server_rows_free", "Rows in which nobody writes", load.free_rows)
    yield CounterMetricFamily(
        "model_server_generated_tokens", "Tokens written, also those taken back", load.generated_tokens
    )
