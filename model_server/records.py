"""Each request's line in the log, for programs to read: JSON, without a word of its text."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import asdict

from model_server.engine.interface import Record
from model_server.metrics import Metrics

logger = logging.getLogger("model_server.requests")


def reporting_to(metrics: Metrics) -> Callable[[Record], None]:
    """Give what an engine calls for every request that ends: it is logged and counted."""

    def report(record: Record) -> None:
        logger.info(json.dumps(asdict(record), separators=(",", ":")))
        metrics.count(record)

    return report
