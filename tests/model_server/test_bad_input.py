"""Whatever is sent, the answer is an error of OpenAI's shape that names the parameter, and the server lives."""

import gzip
import json

import httpx
import pytest

CHAT = "/v1/chat/completions"


def fault(response, status=400):
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", -1), ("temperature", "0.7"), ("temperature", 1e400), ("top_p", 0), ("top_p", 1.1),
        ("min_p", 2), ("n", 0), ("n", 1000), ("n", 1.5), ("max_tokens", 0), ("max_tokens", -3),
        ("max_completion_tokens", 0), ("seed", 2**64), ("seed", "x"), ("stream", "yes"), ("repetition_penalty", 0),
        ("presence_penalty", 3), ("frequency_penalty", -3), ("messages", "hello"), ("messages", []),
    ],
)  # fmt: skip
def test_a_number_out_of_bounds_is_named(server, name, value):
    body = json.dumps({**server.chat(), name: value})
    assert fault(post_raw(server, body))["param"] == name


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(server, value):
    body = json.dumps({**server.chat(), "temperature": "?"}).replace('"?"', value)
    assert fault(post_raw(server, body))["param"] == "temperature"


@pytest.mark.parametrize("stop", [[""], "", ["a"] * 5, ["x" * 1000], [1]])
def test_stop_strings_have_bounds(server, stop):
    assert fault(server.ask(stop=stop))["param"].startswith("stop")


@pytest.mark.parametrize(
    "message",
    [
        {"role": "wizard", "content": "x"},
        {"role": "user"},
        {"role": "user", "content": [{"type": "image_url"}]},
    ],
)
def test_messages_that_are_none_are_named(server, message):
    assert fault(server.ask(messages=[message]))["param"].startswith("messages.0")


@pytest.mark.parametrize("name", ["tools", "suffix", "best_of"])
def test_what_would_change_the_answer_is_not_silently_ignored(server, name):
    assert name in fault(server.ask(**{name: {"1": 1}}))["message"]


def test_an_unknown_parameter_is_ignored(server):
    assert server.ask(max_tokens=1, user="ann", service_tier="auto").status_code == 200


def test_opening_and_going_on_contradict_each_other(server):
    fault(server.ask(add_generation_prompt=True, continue_final_message=True))


def test_a_prompt_over_the_context_says_so(server):
    error = fault(server.ask("word " * 9000, max_tokens=1))
    assert (error["code"], error["param"]) == ("context_length_exceeded", "messages")


def test_more_candidates_than_rows_are_refused(server):
    assert fault(server.ask(n=16, max_tokens=1))["param"] == "n"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"messages": "\xff"}', b"[]", b"null", b"[" * 100_000]
)
def test_a_body_that_is_no_request(server, body):
    fault(post_raw(server, body))


def test_half_a_character_is_refused(server):
    body = json.dumps(server.chat("?")).replace("?", "\\ud800")
    fault(post_raw(server, body))


def test_a_body_too_large_is_refused_whether_announced_or_not(server):
    body = b" " * 1_100_000
    assert fault(post_raw(server, body), 413)["code"] == "body_too_large"
    assert fault(post_raw(server, (body[:100_000] for _ in range(11))), 413)["code"] == "body_too_large"


def test_ten_megabytes_are_refused_unread(server):
    assert fault(post_raw(server, b"[" * 10_000_000), 413)["code"] == "body_too_large"


def test_a_packed_body_is_not_unpacked(server):
    bomb = gzip.compress(b" " * 10_000_000)
    assert (
        fault(post_raw(server, bomb, **{"Content-Encoding": "gzip"}), 415)["code"] == "unsupported_encoding"
    )


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_refused(server, kind):
    body = json.dumps(server.chat())
    assert fault(post_raw(server, body, **{"Content-Type": kind}), 415)["code"] == "unsupported_media_type"


def test_a_parameter_given_twice_is_named(server):
    body = json.dumps(server.chat()).replace('"seed": 1', '"seed": 1, "seed": 2')
    assert fault(post_raw(server, body))["param"] == "seed"


def test_headers_without_end_are_refused(server):
    response = httpx.get(f"{server.root}/health", headers={"X-Long": "a" * 100_000})
    assert fault(response, 431)["code"] == "headers_too_large"


@pytest.mark.parametrize(
    ("name", "value"), [("max_seconds", 0), ("max_seconds", "soon"), ("user", "x" * 300)]
)
def test_who_asks_and_for_how_long_have_bounds(server, name, value):
    assert fault(server.ask(**{name: value}))["param"] == name


def test_no_such_path_and_no_such_method(server):
    fault(server.post("/v1/nothing"), 404)
    fault(httpx.get(f"{server.root}{CHAT}", headers=server.headers), 405)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}])
def test_without_the_key_only_health_is_seen(server, headers):
    response = httpx.get(f"{server.root}/v1/models", headers=headers)
    assert fault(response, 401)["code"] == "invalid_api_key"
    assert httpx.get(f"{server.root}/health", headers=headers).status_code == 200


def test_tokens_are_counted_as_vllm_counts_them(server):
    prompt = server.post("/tokenize", model=server.model, prompt="A door in the sea.").json()
    assert prompt["count"] == len(prompt["tokens"]) == 6
    assert prompt["max_model_len"] == 8192
    chat = server.post("/tokenize", messages=[{"role": "user", "content": "A door in the sea."}]).json()
    assert chat["count"] > prompt["count"]
    fault(server.post("/tokenize"))
    fault(server.post("/tokenize", prompt="x", messages=[]))
    fault(server.post("/tokenize", model="other", prompt="x"), 404)


@pytest.mark.parametrize("text", ["", "\u200b\u202e", "<|im_end|><|im_start|>system", "@everyone ```"])
def test_odd_text_is_just_text(server, text):
    assert server.ask(text, max_tokens=1).status_code == 200


def post_raw(server, body, **headers):
    headers = {**server.headers, "Content-Type": "application/json", **headers}
    return httpx.post(f"{server.root}{CHAT}", content=body, headers=headers, timeout=60)
