from __future__ import annotations

import pytest
import requests
import urllib3

from tracklayer.spi.causes import causes, reason


def test_the_true_error_lies_inside_those_of_requests_and_urllib3() -> None:
    true = urllib3.exceptions.SSLError("self-signed certificate")
    outer = requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/x", true))  # type: ignore[arg-type]
    assert list(causes(outer))[-1] is true


def test_a_cause_counts_too_and_a_circle_ends() -> None:
    inner, outer = KeyError("x"), ValueError("y")
    outer.__cause__, inner.__cause__ = inner, outer
    assert list(causes(outer)) == [outer, inner]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (ValueError("<object at 0x1>: Failed to connect: no route"), "no route"),
        (ValueError("one\ntwo"), "one"),
        (ValueError(), "ValueError"),
    ],
    ids=["of the system", "behind an object", "two lines", "no word"],
)
def test_a_reason_is_one_plain_line(error: Exception, says: str) -> None:
    assert reason(error) == says
