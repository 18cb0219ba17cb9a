from __future__ import annotations

import pytest

from tracklayer.drivers.azure import BlobUri, SignedUri
from tracklayer.errors import InvalidInput

ACCOUNT = "https://store1.blob.core.windows.net"


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("wasbs://files@store1.blob.core.windows.net/a/b", BlobUri(ACCOUNT, "files", "a/b")),
        ("wasbs://files@store1.blob.core.windows.net", BlobUri(ACCOUNT, "files")),
        ("wasbs://files@store1.blob.core.windows.net/", BlobUri(ACCOUNT, "files")),
        ("abfss://files@store1.dfs.core.windows.net/a b#c", BlobUri(ACCOUNT, "files", "a b#c")),
        (
            "wasbs://files@store1.blob.core.chinacloudapi.cn/a",
            BlobUri("https://store1.blob.core.chinacloudapi.cn", "files", "a"),
        ),
    ],
)
def test_a_place_is_read(uri: str, place: BlobUri) -> None:
    assert BlobUri.read(uri) == place


def test_places_below() -> None:
    root = BlobUri(ACCOUNT, "files", "runs/1/")
    assert str(root.below("a/b", "")) == f"{ACCOUNT}/files/runs/1/a/b"
    assert BlobUri(ACCOUNT, "files").below("").name == ""


@pytest.mark.parametrize(
    "uri",
    [
        "wasbs://store1.blob.core.windows.net/a",
        "wasbs://files@store1.blob.evil.example/a",
        "wasbs://files@evil.example#.blob.core.windows.net/a",
        "wasbs://files@store1.file.core.windows.net/a",
        "https://store1.blob.core.windows.net/files/a",
        "wasbs://",
    ],
)
def test_what_is_no_place_is_refused_with_what_to_write(uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"; write wasbs://CONTAINER@ACCOUNT\.blob\.core\.windows\.net/NAME$"):
        BlobUri.read(uri)


def test_a_signed_url_keeps_its_signature_to_itself() -> None:
    signed = SignedUri.read(f"{ACCOUNT}/files/dcid.1/a%20b%23c%2541/%C3%A9?sv=2024&sig=SECRET%3D")
    assert signed.at == BlobUri(ACCOUNT, "files", "dcid.1/a b#c%41/é")
    assert signed.signature == "sv=2024&sig=SECRET%3D"
    assert "SECRET" not in f"{signed} {signed!r}"


@pytest.mark.parametrize(
    "url",
    [
        "http://store1.blob.core.windows.net/files/a?sig=SECRET",
        "https://user:pw@store1.blob.core.windows.net/files/a?sig=SECRET",
        "https://store1.blob.core.windows.net/files?sig=SECRET",
        "https://store1.blob.core.windows.net/files/a",
        "file:///etc/passwd?sig=SECRET",
        "",
    ],
)
def test_what_is_no_signed_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ValueError, match="gave no signed https URL of a blob") as caught:
        SignedUri.read(url)
    assert "SECRET" not in str(caught.value)
    assert "pw" not in str(caught.value)
