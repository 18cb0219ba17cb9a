from __future__ import annotations

import pytest

from tracklayer.drivers.google import GcsUri
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize("uri", ["gs://bucket", "gs://bucket/a", "gs://a.b_c-d/a//b/ü?#", "gs://bucket/a\nb"])
def test_a_uri_is_read_and_written(uri: str) -> None:
    assert str(GcsUri.read(uri)) == uri


@pytest.mark.parametrize(
    "uri", ["", "s3://bucket/a", "gs://", "gs:///a", "gs://B", "gs://a b/c", "/gs/bucket", "gs://.."]
)
def test_what_is_no_place_in_storage_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInput, match="Cloud Storage"):
        GcsUri.read(uri)


def test_places_below_one() -> None:
    assert GcsUri("b").below("a", "c") == GcsUri("b", "a/c")
    assert GcsUri("b", "a/").below("", "c") == GcsUri("b", "a/c")
