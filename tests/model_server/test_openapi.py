"""The server is what its own description says, whatever is asked of it."""

import pytest
from hypothesis import HealthCheck, given, settings

BEYOND_A_SCHEMA = ["negative_data_rejection", "positive_data_acceptance"]
"""A prompt may be too long, two parameters may contradict each other, an unknown one is ignored."""

FAST = ("--max-concurrent", "4", "--max-seconds", "2", "--context-limit", "256")
OPERATIONS = (
    ("GET", "/health"), ("GET", "/metrics"), ("GET", "/v1/models"), ("GET", "/v1/models/{name}"),
    ("POST", "/v1/load_lora_adapter"), ("POST", "/v1/unload_lora_adapter"),
    ("POST", "/tokenize"), ("POST", "/v1/chat/completions"), ("POST", "/v1/completions"),
)  # fmt: skip


@pytest.fixture(scope="session")
def tiny_server(start, tiny_folder):
    return start("--model", str(tiny_folder), *FAST)


@pytest.fixture(scope="session")
def description(tiny_server):
    import schemathesis  # takes seconds, which only who runs slow tests should wait

    return schemathesis.openapi.from_url(f"{tiny_server.root}/openapi.json", headers=tiny_server.headers)


@pytest.mark.slow
def test_every_route_is_described(description):
    assert {(o.method.upper(), o.path) for o in map(ok, description.get_all_operations())} == set(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_asked_is_answered_as_described(description, tiny_server, method, path):
    from schemathesis import checks

    checks.load_all_checks()
    beyond = checks.CHECKS.get_by_names(BEYOND_A_SCHEMA)

    @settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(description[path][method].as_strategy())
    def ask(case):
        if isinstance(case.body, dict) and isinstance(case.body.get("model"), str):
            case.body["model"] = tiny_server.model
        case.call_and_validate(headers=tiny_server.headers, excluded_checks=beyond)

    ask()


def ok(result):
    return result.ok()
