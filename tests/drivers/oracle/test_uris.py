from __future__ import annotations

import pytest

from tracklayer.drivers.oracle import OciUri
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize("uri", ["oci://b@n", "oci://my_Bucket.1@axns/a/b c#?%41", "oci://b@n/a\nb"], ids=ascii)
def test_a_place_is_read_as_it_is_written(uri: str) -> None:
    assert str(OciUri.read(uri)) == uri


def test_a_place_has_its_parts_and_places_below_it() -> None:
    place = OciUri.read("oci://b@n/a/")
    assert (place.bucket, place.namespace, place.name) == ("b", "n", "a/")
    assert str(place.below("c", "", "d")) == "oci://b@n/a/c/d"
    assert str(OciUri.read("oci://b@n").below("c")) == "oci://b@n/c"


@pytest.mark.parametrize("uri", ["oci://b", "oci://b/x", "oci://@n/x", "oci://b@/x", "s3://b@n/x", "oci://b@n@m/x", ""])
def test_what_is_no_place_is_refused_with_what_to_write(uri: str) -> None:
    with pytest.raises(InvalidInput, match="write oci://bucket@namespace/name"):
        OciUri.read(uri)
