from __future__ import annotations

import pytest

from tracklayer.drivers.aws import S3Uri
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("uri", "bucket", "key"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://my.bucket-1/a/b c.txt", "my.bucket-1", "a/b c.txt"),
        ("s3://bucket/a#b?c%41", "bucket", "a#b?c%41"),
        ("s3://bucket//double", "bucket", "/double"),
        ("s3a://bucket/hadoop", "bucket", "hadoop"),
        ("s3://bucket/line\nbreak", "bucket", "line\nbreak"),
    ],
)
def test_a_place_is_read(uri: str, bucket: str, key: str) -> None:
    assert S3Uri.read(uri) == S3Uri(bucket, key)


@pytest.mark.parametrize(
    "uri", ["", "s3:", "s3://", "s3:///key", "https://bucket/key", "s3://a b/c", "s3://x@y/c", "bucket"]
)
def test_what_is_none_is_refused_in_one_line(uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"^not a place in S3: .*; write s3://bucket/key$"):
        S3Uri.read(uri)


def test_a_place_is_written_as_it_was_read() -> None:
    for uri in ("s3://bucket", "s3://bucket/a", "s3://bucket/a/b%20c#d"):
        assert str(S3Uri.read(uri)) == uri


def test_what_lies_below() -> None:
    assert str(S3Uri("bucket", "a/").below("b", "", "c/d")) == "s3://bucket/a/b/c/d"
    assert str(S3Uri("bucket").below("b")) == "s3://bucket/b"
    assert S3Uri("bucket", "a").below("") == S3Uri("bucket", "a")
