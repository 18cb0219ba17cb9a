"""The URL, and the rates out of the environment."""

from __future__ import annotations

import pytest

from tracklayer.drivers.sagemaker.config import RATES, SagemakerConfig, pace
from tracklayer.errors import InvalidInput
from tracklayer.spi import driver_class


def test_a_region_is_enough() -> None:
    config = SagemakerConfig.read("sagemaker://us-gov-west-1/")
    assert (config.region, config.bucket, config.prefix, config.profile) == ("us-gov-west-1", None, "", None)
    assert config.url == "sagemaker://us-gov-west-1"


def test_options_are_read_and_written() -> None:
    config = SagemakerConfig.read("sagemaker://eu-west-1/?profile=team%20a&prefix=/a/b/&bucket=my.bucket")
    assert (config.bucket, config.prefix, config.profile) == ("my.bucket", "a/b", "team a")
    assert config.url == "sagemaker://eu-west-1/?bucket=my.bucket&prefix=a/b&profile=team%20a"
    assert SagemakerConfig.read(config.url) == config


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sagemaker://", "no region"),
        ("sagemaker://US-EAST-1", "no region"),
        ("sagemaker://us-east-1:443", "no region"),
        ("sagemaker://us-east-1/experiment", "not a place"),
        ("sagemaker://us-east-1#x", "not a place"),
        ("sagemaker://us-east-1/?buckets=a", "unknown option 'buckets'"),
        ("sagemaker://us-east-1/?bucket=abc&bucket=abd", "twice"),
        ("sagemaker://us-east-1/?bucket=s3://abc", "without s3://"),
        ("sagemaker://us-east-1/?prefix=a/../b", "no prefix"),
        ("sagemaker://us-east-1/?prefix=" + "x" * 201, "no prefix"),
        ("sagemaker://us-east-1/?prefix=.tracklayer", "no prefix"),
        ("sagemaker://key:secret@us-east-1", "credentials"),
        ("mlflow://us-east-1", "not a place"),
    ],
)
def test_what_is_no_place_is_refused_in_one_line(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        SagemakerConfig.read(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_scheme_is_registered() -> None:
    assert driver_class("sagemaker").traits.provider == "sagemaker"


def test_there_is_a_cautious_pace_unless_it_is_said() -> None:
    slow = pace({})
    assert [slow.wait("DeleteTrial") for _ in range(10)] == [0.0] * 10
    free = pace({RATES: "off"})
    assert [free.wait("DeleteTrial") for _ in range(100)] == [0.0] * 100
    own = pace({RATES: " AssociateTrialComponent=2.5, default=1000 "})
    assert [own.wait("AssociateTrialComponent") for _ in range(25)] == [0.0] * 25


@pytest.mark.parametrize("text", ["on", "default", "default=x", "default=0", "=2", "a=1;b=2"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=RATES):
        pace({RATES: text})
