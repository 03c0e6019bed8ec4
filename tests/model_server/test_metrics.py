import json
import logging
from typing import get_args

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from model_server.engine.interface import End, Record
from model_server.metrics import Metrics
from model_server.records import reporting_to


def figures(text):
    """Give every sample by its name and labels."""
    return {
        (sample.name.removeprefix("model_server_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def record(end="finished", **changed):
    fields = {
        "prompt_tokens": 40,
        "cached_tokens": 32,
        "candidates": 1,
        "tokens": 8,
        "queued": 0.0,
        "first_token": 0.3,
    }
    times = {"seconds": 0.7, "tokens_per_second": 20.0, "first_at": 1.0, "last_at": 1.4}
    return Record(end=end, **{**fields, **times, **changed})


def test_the_server_counts_what_it_does(server):
    before = scrape(server)
    server.ask(n=2, max_tokens=3)
    after = scrape(server)
    grown = {key: after[key] - before.get(key, 0) for key in after}
    assert grown["requests_total", "", "finished"] == 1
    assert grown["generated_tokens_total",] == grown["answer_tokens_total", ""] == 6
    assert grown["prompt_tokens_total", ""] > 10
    assert grown["cached_prompt_tokens_total",] % 32 == 0
    assert grown["time_to_first_token_seconds_count",] == grown["request_seconds_count",] == 1
    assert grown["queue_seconds_count",] == 1
    assert grown["batch_rows_bucket", "2.0"] == grown["step_seconds_count",] == 3
    assert after["rows_free",] == 8
    assert after["requests_running",] == after["requests_waiting",] == 0


def scrape(server):
    response = httpx.get(f"{server.root}/metrics", headers=server.headers)
    assert response.headers["content-type"].startswith("text/plain; version=")
    return figures(response.text)


def test_the_figures_are_behind_the_key(server):
    assert httpx.get(f"{server.root}/metrics").status_code == 401


def test_adapters_are_counted_apart():
    metrics = Metrics()
    for adapter in ("", "noir"):
        metrics.count(record(adapter=adapter))
    seen = figures(metrics.text().decode())
    assert seen["requests_total", "noir", "finished"] == seen["requests_total", "", "finished"] == 1
    assert seen["answer_tokens_total", "noir"] == 8


def test_a_refused_request_counts_as_that_alone():
    metrics = Metrics()
    metrics.count(record("refused", tokens=0, first_token=0.0, first_at=0.0))
    seen = figures(metrics.text().decode())
    assert seen["requests_total", "", "refused"] == 1
    assert seen["prompt_tokens_total", ""] == seen["time_to_first_token_seconds_count",] == 0


@pytest.mark.parametrize("end", get_args(End))
def test_a_request_is_one_line_of_json(caplog, end):
    with caplog.at_level(logging.INFO, "model_server.requests"):
        reporting_to(Metrics())(record(end))
    [line] = caplog.messages
    assert Record(**json.loads(line)) == record(end)
