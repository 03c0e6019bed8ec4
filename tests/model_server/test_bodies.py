import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.bodies import DEEPEST, parse
from model_server.errors import ApiError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(values)
def test_json_is_read_as_everyone_reads_it(value):
    assert parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=40))
def test_whatever_comes_is_read_or_refused(body):
    try:
        parse(body)
    except ApiError as error:
        assert error.status == 400


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (b'{"n": 1, "n": 2}', "duplicate_parameter", "n"),
        (b'{"a": [{"seed": 1, "seed": 1}]}', "duplicate_parameter", "seed"),
        (b'{"text": "\xff"}', "invalid_utf8", None),
        (b"{", "invalid_json", None),
        (b"1" * 10_000, "invalid_json", None),
        (b"[" * 100_000, "invalid_json", None),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "invalid_json", None),
        (b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1), "invalid_json", None),
    ],
)
def test_what_could_be_read_in_two_ways_or_not_at_all_is_refused(body, code, param):
    with pytest.raises(ApiError) as refused:
        parse(body)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, code, param)


def test_a_name_that_is_no_text_can_be_told_all_the_same():
    with pytest.raises(ApiError) as refused:
        parse(b'{"\\ud800": 1, "\\ud800": 2}')
    assert json.loads(refused.value.response().body)["error"]["param"] == "?"


def test_many_beside_each_other_are_not_deep():
    assert len(parse(b"[" + b"[],[]," * 500 + b"[]]")) == 1001
