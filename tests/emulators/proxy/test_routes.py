from __future__ import annotations

import pytest

from tracklayer.emulators.proxy import Route
from tracklayer.emulators.proxy.routes import Routes, address, alpn

FIRST = Route(("api.sagemaker.*.amazonaws.com", "*.s3.*.amazonaws.com"), "http://127.0.0.1:1")
SECOND = Route(("*.googleapis.com", "API.sagemaker.eu-west-1.amazonaws.com"), "http://127.0.0.1:2", alpn=("h2",))


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("api.sagemaker.eu-west-1.amazonaws.com", FIRST),
        ("bucket.with.dots.s3.us-east-1.amazonaws.com", FIRST),
        ("eu.aiplatform.googleapis.com", SECOND),
        ("googleapis.com", None),
        ("api.sagemaker.eu-west-1.amazonaws.com.evil.org", None),
        ("evil.org", None),
    ],
)
def test_the_first_pattern_that_matches_is_taken(host: str, target: Route | None) -> None:
    assert Routes([FIRST, SECOND]).find(host) is target


def test_patterns_may_be_written_in_capitals() -> None:
    assert Routes([SECOND]).find("api.sagemaker.eu-west-1.amazonaws.com") is SECOND


def test_a_target_says_where_it_listens_and_what_is_spoken_there() -> None:
    assert address(SECOND.url) == ("127.0.0.1", 2)
    assert address("http://localhost") == ("localhost", 80)
    assert (alpn(FIRST), alpn(SECOND)) == (("http/1.1",), ("h2",))
