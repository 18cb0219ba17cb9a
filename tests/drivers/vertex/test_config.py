from __future__ import annotations

import pytest

from tracklayer.drivers.vertex.config import ENDPOINT, VertexConfig, base
from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.errors import InvalidInput

SECRET = "hunter2-is-secret"


@pytest.mark.parametrize(
    ("url", "written", "series"),
    [
        ("vertex://p1/us-central1", None, "none"),
        ("vertex://p1/us-central1/", "vertex://p1/us-central1", "none"),
        ("VERTEX://my-project/europe-west4", "vertex://my-project/europe-west4", "none"),
        ("vertex://123456/northamerica-northeast1", None, "none"),
        ("vertex://example.com:old/us-east4", None, "none"),
        ("vertex://p1/us-central1?bucket=b-1", None, "none"),
        ("vertex://p1/us-central1?prefix=/a/b/", "vertex://p1/us-central1?prefix=a/b", "none"),
        (
            "vertex://p1/us-central1?tensorboard=42&bucket=b-1",
            "vertex://p1/us-central1?bucket=b-1&tensorboard=42",
            "given",
        ),
        ("vertex://p1/us-central1?tensorboard=backing", None, "backing"),
        ("vertex://p1/us-central1?tensorboard=projects/1/locations/us-central1/tensorboards/42", None, "given"),
    ],
)
def test_a_url_names_a_place(url: str, written: str | None, series: str) -> None:
    config = VertexConfig.read(url)
    assert config.url == (written or url)
    assert config.series == series
    assert VertexConfig.read(config.url) == config


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("vertex:", "vertex://PROJECT/LOCATION"),
        ("vertex://p1", "vertex://PROJECT/LOCATION"),
        ("vertex:///us-central1", "vertex://PROJECT/LOCATION"),
        ("vertex://p1/us-central1#x", "vertex://PROJECT/LOCATION"),
        ("vertex://p1/us-central1/more", "no location"),
        ("vertex://p1/US", "no location"),
        ("vertex://P_1/us-central1", "no project"),
        ("vertex://p1/us-central1?colour=red", "unknown option 'colour'"),
        ("vertex://p1/us-central1?bucket=a&bucket=b", "twice"),
        (
            "vertex://p1/us-central1?bucket=",
            "the option 'bucket' has no value; there may be bucket=.., prefix=.., tensorboard=..$",
        ),
        ("vertex://p1/us-central1?bucket=gs://b", "without gs://"),
        ("vertex://p1/us-central1?prefix=a/../b", "no prefix"),
        ("vertex://p1/us-central1?prefix=.tracklayer", "no prefix"),
        (f"vertex://p1/us-central1?prefix={'x' * 201}", "no prefix"),
        ("vertex://p1/us-central1?tensorboard=mine", "no TensorBoard"),
        (f"vertex://user:{SECRET}@p1/us-central1", "credentials do not belong in a URL"),
    ],
)
def test_a_wrong_url_is_refused_and_says_what_to_write(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        VertexDriver.open(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", "https://us-central1-aiplatform.googleapis.com/v1"),
        ("https://private.example/", "https://private.example/v1"),
        ("https://private.example:8443/a", "https://private.example:8443/a/v1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/v1"),
        ("http://localhost:1", "http://localhost:1/v1"),
        ("http://[::1]:1", "http://[::1]:1/v1"),
    ],
)
def test_the_service_is_where_the_environment_says(given: str, address: str) -> None:
    assert base("us-central1", {ENDPOINT: given} if given else {}) == address


@pytest.mark.parametrize(
    "given", ["http://example.com", "ftp://x", "example.com", "https://", f"https://u:{SECRET}@x", "https://x?a=b"]
)
def test_a_token_is_not_sent_to_whoever_the_environment_names(given: str) -> None:
    with pytest.raises(InvalidInput, match=ENDPOINT) as caught:
        base("us-central1", {ENDPOINT: given})
    assert SECRET not in str(caught.value)


def test_opening_makes_no_call_and_narrows_what_a_place_without_a_tensorboard_can() -> None:
    plain, charted = (VertexDriver.open(f"vertex://p1/us-central1{more}") for more in ("", "?tensorboard=1"))
    lost = {feature.value for feature, claim in charted.traits.claims.items() if claim != plain.traits.claims[feature]}
    assert lost == {"metric history", "metric time"}
    plain.close()
    charted.close()
