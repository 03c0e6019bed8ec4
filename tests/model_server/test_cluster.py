"""Two replicas by Ray Serve are one server to the outside; skipped where Ray (the extra `cluster`) is not installed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

import httpx
import openai
import psutil
import pytest
import torch
from prometheus_client.parser import text_string_to_metric_families
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install -e '.[cluster]'"),
]

KEY = "a key for the cluster"
REPLICA = "ServeReplica:model_server:replica"
SEVERAL = [f"Tale {number}" for number in range(8)]


@dataclass
class Cluster:
    """Two replicas behind one address."""

    process: subprocess.Popen
    url: str
    model: str

    @property
    def root(self):
        return self.url.removesuffix("/v1")

    def health(self):
        return httpx.get(f"{self.root}/health").json()

    def ended(self, how="finished"):
        """Give how many requests of each replica have ended so."""
        text = httpx.get(f"{self.root}/metrics", headers={"Authorization": f"Bearer {KEY}"}).text
        counted = Counter()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name.endswith("requests_total") and sample.labels.get("end") == how:
                    counted[sample.labels["replica"]] += sample.value
        return counted

    def replicas(self):
        below = psutil.Process(self.process.pid).children(recursive=True)
        return [process for process in below if REPLICA in " ".join(process.cmdline())]


@pytest.fixture(scope="module")
def tiny(model_folder, tmp_path_factory):
    """A random model with the embedded one's tokenizer."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    config = AutoConfig.for_model(
        "llama",
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    torch.manual_seed(5)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@contextmanager
def started(folder, replicas, *flags):
    """Start a cluster, and give its process and its last report."""
    options = [
        "--replicas",
        replicas,
        "--replica-cpus",
        "0.5",
        "--model",
        str(folder),
        "--max-concurrent",
        "4",
        *flags,
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "model_server.cluster", *options],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MODEL_API_KEY": KEY},
    )
    reports = (json.loads(line) for line in process.stdout)
    try:
        yield process, next(report for report in reports if "loading" not in report)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        process.stdout.close()


@pytest.fixture(scope="module")
def cluster(tiny):
    with started(tiny, "2") as (process, report):
        yield Cluster(process, report["url"], report["model"])


@pytest.fixture
def client(cluster):
    with openai.OpenAI(base_url=cluster.url, api_key=KEY, max_retries=0, timeout=60) as client:
        yield client


def turn(client, cluster, name, turns=1, **fields):
    told = "The keeper climbed the stairs. " * (20 + turns)
    messages = [
        {"role": "system", "content": "You write with others."},
        {"role": "user", "content": f"The story is called “{name}”.\n\n{told}"},
    ]
    asked = {"model": cluster.model, "messages": messages, "max_tokens": 6, "seed": 1, **fields}
    return client.chat.completions.create(**asked)


def test_the_next_turn_of_a_story_finds_what_was_read_of_it(cluster, client):
    for name in SEVERAL:
        first, second = (turn(client, cluster, name, turns) for turns in (1, 3))
        assert first.usage.prompt_tokens_details.cached_tokens < 32
        assert second.usage.prompt_tokens_details.cached_tokens > 100


def test_stories_spread_over_the_replicas(cluster, client):
    for name in SEVERAL:
        turn(client, cluster, name)
    assert eventually(lambda: len(+cluster.ended()) == 2, 20)


def test_a_stream_comes_piece_by_piece(cluster, client):
    whole = turn(client, cluster, "Streams").choices[0].message.content
    chunks = list(turn(client, cluster, "Streams", stream=True))
    assert len(chunks) > 3
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == whole


def test_the_key_errors_and_the_model_are_as_in_one_server(cluster, client):
    assert httpx.get(f"{cluster.url}/models").status_code == 401
    assert [model.id for model in client.models.list()] == [cluster.model]
    with pytest.raises(openai.BadRequestError, match="temperature"):
        turn(client, cluster, "Hot", temperature=9)
    with pytest.raises(openai.NotFoundError, match="serves"):
        turn(client, cluster, "Other", model="other")
    assert eventually(lambda: cluster.health()["replicas"] == 2, 20)


def test_who_leaves_stops_the_writing(cluster, client):
    stream = turn(client, cluster, "Left", stream=True, max_tokens=1500, extra_body={"ignore_eos": True})
    next(stream)
    stream.close()
    assert eventually(lambda: cluster.ended("cancelled").total() == 1, 20)


def test_health_tells_of_those_too_who_wait_until_a_replica_has_room(cluster, client):
    fields = {"max_tokens": 1500, "extra_body": {"ignore_eos": True}}
    with ThreadPoolExecutor(16) as writers:
        asked = [writers.submit(turn, client, cluster, f"Long {number}", **fields) for number in range(16)]
        assert eventually(lambda: busy(cluster) == {"running": 8, "free_rows": 0, "queue": 8}, 20)
        assert all(one.result().usage.completion_tokens == 1500 for one in asked)
    assert eventually(lambda: busy(cluster) == {"running": 0, "free_rows": 8, "queue": 0}, 20)


def busy(cluster):
    now = cluster.health()
    return {name: now.get(name) for name in ("running", "free_rows", "queue")}


def test_when_a_replica_is_killed_the_next_requests_are_answered(cluster, client):
    killed = cluster.replicas()[0]
    killed.kill()
    for name in SEVERAL:
        assert turn(client, cluster, name).choices[0].message.content
    assert eventually(lambda: len(cluster.replicas()) == 2 and cluster.health()["replicas"] == 2, 60)


def test_a_replica_comes_with_the_load_and_goes_without_breaking_off_its_answers(model_folder):
    with (
        started(model_folder, "1-2", "--idle-seconds", "10") as (process, report),
        ThreadPoolExecutor(8) as pool,
    ):
        cluster = Cluster(process, report["url"], report["model"])
        asked = list[Future]()

        def more(replicas):
            asked.extend(pool.submit(last_line, cluster, "Short", 60) for _ in range(8 - under_way(asked)))
            return cluster.health().get("replicas") == replicas

        assert eventually(lambda: more(2), 300)
        assert {one.result() for one in asked} == {"data: [DONE]"}
        long = [pool.submit(last_line, cluster, name, 3900) for name in one_of_each(cluster)]
        assert {one.result() for one in long} == {"data: [DONE]"}
        assert eventually(lambda: cluster.health().get("replicas") == 1, 60)


def test_who_is_told_to_end_does_not_wait_for_answers_that_nobody_hears(model_folder):
    with started(model_folder, "1") as (process, report), ThreadPoolExecutor(1) as pool:
        cluster = Cluster(process, report["url"], report["model"])
        answer = pool.submit(last_line, cluster, "Long", 7500)
        assert eventually(lambda: cluster.health()["running"] == 1, 60)
        replicas = cluster.replicas()
        process.send_signal(signal.SIGTERM)
        process.wait(25)  # Ray would wait for thirty seconds
        assert isinstance(answer.exception(), httpx.HTTPError)
        assert eventually(lambda: not any(replica.is_running() for replica in replicas), 20)


def under_way(asked):
    return sum(not one.done() for one in asked)


def one_of_each(cluster):
    """Give two stories of which each has a replica of its own."""
    homes = {}
    for name in SEVERAL:
        before = cluster.ended()
        last_line(cluster, name, 1)
        assert eventually(lambda before=before: cluster.ended() - before, 20)
        homes.setdefault(min(cluster.ended() - before), name)
        if len(homes) == 2:
            return homes.values()
    raise AssertionError(homes)


def last_line(cluster, name, tokens):
    """Ask for a stream of so many tokens, and give its last line."""
    asked = {"model": cluster.model, "max_tokens": tokens, "ignore_eos": True, "stream": True}
    asked["messages"] = [{"role": "user", "content": name}]
    headers = {"Authorization": f"Bearer {KEY}"}
    where = f"{cluster.url}/chat/completions"
    with httpx.stream("POST", where, json=asked, headers=headers, timeout=600) as stream:
        return list(filter(None, stream.iter_lines()))[-1]


def test_replicas_that_cannot_start_say_why(tiny, tmp_path):
    mute = shutil.copytree(tiny, tmp_path / "mute")
    (mute / "chat_template.jinja").unlink()
    with started(mute, "1") as (_, report):
        assert "chat template" in report["error"]
    with started(tmp_path / "nowhere", "1") as (_, report):
        assert "nowhere" in report["error"]


def eventually(true, seconds):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.1)
    return true()
