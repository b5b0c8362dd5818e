from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import UnsupportedMediaType

from config.api.parsers import DEEPEST, LARGEST_BODY, MOST_ERRORS, StrictJSONParser
from events.problems import Problem


def parsed(body: bytes, media_type: str = "application/json") -> Any:
    return StrictJSONParser().parse(BytesIO(body), media_type)


def refused(body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        parsed(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"[]", "wrong_type"),
        (b"null", "wrong_type"),
        (b'"lines"', "wrong_type"),
        (b"{} {}", "malformed_json"),
        (b"\xef\xbb\xbf{}", "malformed_json"),
        (b'{"a": "\xff"}', "wrong_encoding"),
        ("{}".encode("utf-16"), "wrong_encoding"),
        (b'{"a": NaN}', "out_of_range"),
        (b'{"a": -Infinity}', "out_of_range"),
        (b'{"a": 1e999}', "out_of_range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "out_of_range"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'{"a": ' + b"[" * 17 + b"]" * 17 + b"}", "too_deep"),
        (b"[" * 5000 + b"]" * 5000, "too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
        (b'{"a": "\n"}', "malformed_json"),
        (b'{"a": "\\u0000"}', "forbidden_character"),
        (b'{"\\ud800": 1}', "forbidden_character"),
    ],
)
def test_what_is_no_proper_json_is_refused(body: bytes, code: str):
    problem = refused(body)

    assert problem.status_code == 400
    assert code in {error.code for error in problem.errors}


def test_each_error_is_pointed_at():
    problem = refused(b'{"a": [1, "\\u0001"], "b/c~": {"d": 1, "d": 2}}')

    assert {(error.pointer, error.code) for error in problem.errors} == {
        ("/a/1", "forbidden_character"),
        ("/b~1c~0/d", "duplicate_key"),
    }


def test_a_document_may_be_as_deep_as_it_says():
    body = b'{"a": ' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}"

    assert parsed(body)


def test_a_body_may_be_as_large_as_it_says():
    assert parsed(b"{}" + b" " * (LARGEST_BODY - 2)) == {}
    assert refused(b"{}" + b" " * (LARGEST_BODY - 1)).status_code == 413


def test_of_very_many_errors_some_are_named():
    assert len(refused(b'{"a": [' + b'"\\u0000",' * 5000 + b"0]}").errors) == MOST_ERRORS


def test_many_keys_of_which_one_stands_twice_are_read_in_no_time():
    keys = ",".join(f'"{number}":0' for number in range(60_000))

    assert refused(f'{{{keys},"7":0}}'.encode()).errors[0].pointer == "/7"


def test_another_encoding_than_utf_8_is_not_supported():
    assert parsed(b"{}", "application/json; charset=UTF-8") == {}
    with pytest.raises(UnsupportedMediaType):
        parsed("{}".encode("latin-1"), "application/json; charset=latin-1")


@given(
    body=st.binary(max_size=200)
    | st.text(alphabet='{}[]",:\\u0dnatrulefs1-.eE ', max_size=60).map(str.encode)
)
def test_bytes_are_an_object_or_a_problem(body: bytes):
    try:
        answer: Any = parsed(body)
    except Problem as problem:
        answer = problem

    assert isinstance(answer, dict) or (answer.status_code == 400 and answer.errors)
