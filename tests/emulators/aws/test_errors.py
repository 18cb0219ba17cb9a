from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from tracklayer.emulators.aws.errors import AwsError, Protocol, answered, shaped, unsigned
from tracklayer.emulators.aws.signatures import SignatureError

ERROR = AwsError("SomeException", "a < b & c", 429)


def test_json_names_the_error_in_the_body() -> None:
    found = shaped("json", ERROR)
    assert (found.status, found.code, json.loads(found.body)) == (
        429,
        "SomeException",
        {"__type": "SomeException", "message": "a < b & c"},
    )


def test_rest_json_names_it_in_a_header() -> None:
    found = shaped("rest-json", ERROR)
    assert (found.headers["x-amzn-errortype"], json.loads(found.body)) == ("SomeException", {"message": "a < b & c"})


@pytest.mark.parametrize(("protocol", "path"), [("s3", "."), ("query", "Error")])
def test_xml_is_escaped(protocol: Protocol, path: str) -> None:
    error = ET.fromstring(shaped(protocol, ERROR).body).find(path)  # noqa: S314 -- our own
    assert error is not None
    assert (error.findtext("Code"), error.findtext("Message")) == ("SomeException", "a < b & c")


@pytest.mark.parametrize(
    ("code", "protocol", "status", "named"),
    [
        ("InvalidSignatureException", "json", 403, "InvalidSignatureException"),
        ("InvalidSignatureException", "s3", 403, "SignatureDoesNotMatch"),
        ("UnrecognizedClientException", "query", 403, "InvalidClientTokenId"),
        ("MissingAuthenticationTokenException", "s3", 403, "AccessDenied"),
        ("IncompleteSignatureException", "json", 400, "IncompleteSignatureException"),
        ("XAmzContentSHA256Mismatch", "s3", 400, "XAmzContentSHA256Mismatch"),
    ],
)
def test_each_service_has_its_words_for_a_bad_signature(code: str, protocol: Protocol, status: int, named: str) -> None:
    found = unsigned(SignatureError(code, "why"), protocol)
    assert (found.status, found.code, found.message) == (status, named, "why")


def test_a_good_answer_is_json() -> None:
    found = answered("json", {"a": [1]})
    assert (found.status, found.body, found.headers["Content-Type"]) == (
        200,
        b'{"a":[1]}',
        "application/x-amz-json-1.1",
    )
