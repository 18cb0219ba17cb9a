"""Blobs through the SDK, at Azure's host name: Azurite answers."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from io import BytesIO, RawIOBase
from typing import Any, BinaryIO, cast

import pytest
from tests.drivers.azure.conftest import ACCOUNT, emulator

from tracklayer.drivers.azure import Blobs, BlobUri, SignedUri
from tracklayer.drivers.azure.blobs import BLOCK, RETRIES
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.stage import Stage
from tracklayer.errors import Conflict, NotFound, PermissionDenied, Unavailable

#: One block and a piece of another; two parts of a download as well.
LARGE = b"".join(b"%07d\n" % number for number in range(BLOCK // 8 + 1_000))


@pytest.fixture
def blobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    for name in ("initial_backoff", "increment_base", "random_jitter_range"):
        monkeypatch.setitem(RETRIES, name, 0)
    made = Blobs("azureml")
    yield made
    made.close()


@pytest.fixture
def container(blobs: Blobs, place: BlobUri, key: str) -> Any:
    return blobs.container(place, key)


def put(blobs: Blobs, container: Any, name: str, data: BinaryIO, media_type: str | None = None) -> None:
    blobs.put(lambda _: container.get_blob_client(name), data, media_type)


def read(blobs: Blobs, container: Any, name: str) -> bytes:
    with blobs.open(partial(container.get_blob_client, name)) as stream:
        return stream.read()


class Pipe(RawIOBase):
    """A stream that cannot be turned back, and gives little at a time."""

    def __init__(self, data: bytes) -> None:
        self._inner = BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(min(size, 100_000))


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, len(LARGE)])
def test_a_blob_comes_back(blobs: Blobs, container: Any, size: int) -> None:
    put(blobs, container, "a/b", BytesIO(LARGE[:size]), "text/plain")
    assert read(blobs, container, "a/b") == LARGE[:size]
    assert container.get_blob_client("a/b").get_blob_properties().content_settings.content_type == "text/plain"


def test_streams_of_any_kind_are_sent_whole(blobs: Blobs, container: Any) -> None:
    """A `GzipFile` says the length of its compressed file, which the SDK would believe."""
    packed = BytesIO(gzip.compress(LARGE))
    put(blobs, container, "piped", cast("BinaryIO", Pipe(LARGE)))
    put(blobs, container, "unpacked", cast("BinaryIO", gzip.GzipFile(fileobj=packed)))
    begun = BytesIO(b"left out" + LARGE)
    begun.seek(8)
    put(blobs, container, "begun", begun)
    for name in ("piped", "unpacked", "begun"):
        assert read(blobs, container, name) == LARGE


def test_what_was_there_is_replaced(blobs: Blobs, container: Any) -> None:
    put(blobs, container, "a", BytesIO(LARGE))
    put(blobs, container, "a", BytesIO(b"short"))
    assert read(blobs, container, "a") == b"short"


def test_a_source_that_breaks_leaves_what_was_there(blobs: Blobs, container: Any) -> None:
    class Breaking(Pipe):
        def read(self, size: int = -1) -> bytes:
            if self._inner.tell() > BLOCK:
                raise OSError("the disk is gone")
            return super().read(size)

    put(blobs, container, "a", BytesIO(b"before"))
    with pytest.raises(OSError, match="the disk is gone"):
        put(blobs, container, "a", cast("BinaryIO", Breaking(LARGE)))
    assert read(blobs, container, "a") == b"before"


def test_a_blob_that_is_not_there_is_not_found_when_it_is_opened(blobs: Blobs, container: Any, place: BlobUri) -> None:
    with pytest.raises(NotFound):
        blobs.open(partial(container.get_blob_client, "nothing"))
    elsewhere = blobs.container(BlobUri(place.account, "no-container"), "a2V5")
    with pytest.raises(PermissionDenied):
        blobs.open(partial(elsewhere.get_blob_client, "nothing"))


def test_a_read_goes_on_where_the_connection_broke(blobs: Blobs, container: Any, stage: Stage) -> None:
    put(blobs, container, "a", BytesIO(LARGE))
    with blobs.open(partial(container.get_blob_client, "a")) as stream:
        assert stream.read(10) == LARGE[:10]
        emulator(stage).fault(Fault("GetBlob", "drop-before", times=2))
        assert stream.read() == LARGE[10:]


def test_a_blob_that_is_replaced_while_it_is_read_is_a_conflict(blobs: Blobs, container: Any) -> None:
    put(blobs, container, "a", BytesIO(LARGE))
    with blobs.open(partial(container.get_blob_client, "a")) as stream:
        assert stream.read(10) == LARGE[:10]
        put(blobs, container, "a", BytesIO(LARGE[::-1]))
        with pytest.raises(Conflict, match="was replaced while it was read: read it anew"):
            stream.read()


def test_a_closed_stream_says_so(blobs: Blobs, container: Any) -> None:
    put(blobs, container, "a", BytesIO(b"x"))
    stream = blobs.open(partial(container.get_blob_client, "a"))
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read()


def test_folders_are_listed_by_themselves(blobs: Blobs, container: Any) -> None:
    for name in ("a", "a/b", "a/c/d", "é 🚀/x#y%41", "z"):
        put(blobs, container, name, BytesIO(name.encode()))
    container.get_blob_client("hollow").upload_blob(b"", metadata={"hdi_isfolder": "true"})
    top = blobs.list(container, "")
    assert (top.blobs, top.folders, top.after) == ((("a", 1), ("z", 1)), ("a/", "é 🚀/"), None)
    assert blobs.list(container, "a/").blobs == (("a/b", 3),)
    assert blobs.list(container, "é 🚀/").blobs == (("é 🚀/x#y%41", 14),)
    assert blobs.list(container, "nothing/").blobs == ()


def test_a_container_that_is_not_there_holds_nothing(blobs: Blobs, place: BlobUri, key: str) -> None:
    assert blobs.list(blobs.container(BlobUri(place.account, "no-container"), key), "").blobs == ()


# -- signed


@pytest.fixture
def signed(place: BlobUri, key: str) -> Callable[..., SignedUri]:
    from azure.storage.blob import BlobSasPermissions, generate_blob_sas  # noqa: PLC0415 -- not needed to collect

    def sign(name: str, minutes: int = 60) -> SignedUri:
        until = datetime.now(timezone.utc) + timedelta(minutes=minutes)
        signature = generate_blob_sas(
            ACCOUNT,
            place.container,
            name,
            account_key=key,
            permission=BlobSasPermissions(read=True, write=True),
            expiry=until,
        )
        return SignedUri(BlobUri(place.account, place.container, name), signature)

    return sign


def test_a_signature_opens_a_blob(blobs: Blobs, signed: Callable[..., SignedUri]) -> None:
    uri = signed("dcid.1/a b/#é%41?.txt")
    blobs.put(partial(blobs.signed, uri), BytesIO(LARGE))
    with blobs.open(partial(blobs.signed, uri)) as stream:
        assert stream.read() == LARGE


def test_a_signature_that_ended_is_replaced_once_in_the_middle(
    blobs: Blobs, signed: Callable[..., SignedUri], stage: Stage
) -> None:
    uri, asked = signed("a"), list[str]()
    blobs.put(partial(blobs.signed, uri), BytesIO(LARGE))

    def source() -> Any:
        asked.append("asked")
        return blobs.signed(uri)

    with blobs.open(source) as stream:
        assert stream.read(10) == LARGE[:10]
        emulator(stage).fault(Fault("GetBlob", "answer", status=403, code="AuthenticationFailed"))
        assert stream.read() == LARGE[10:]
    assert len(asked) == 2


@pytest.mark.usefixtures("without_mlflow_s_log_filter")
def test_a_bad_signature_is_refused_and_never_shown(
    blobs: Blobs, signed: Callable[..., SignedUri], caplog: pytest.LogCaptureFixture
) -> None:
    uri = signed("a", minutes=-5)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(PermissionDenied) as caught:
        blobs.put(partial(blobs.signed, uri), BytesIO(b"x"))
    secret = uri.signature.partition("sig=")[2]
    assert secret
    assert "PUT /" in caplog.text or "blob.core.windows.net" in caplog.text
    for shown in (caplog.text, str(caught.value), repr(uri), repr(blobs.signed(uri)), str(caught.value.__cause__)):
        assert secret not in shown
        assert "sig=" not in shown.replace("sig=REDACTED", "")


def test_a_place_that_does_not_answer_is_unavailable(
    blobs: Blobs, signed: Callable[..., SignedUri], stage: Stage
) -> None:
    emulator(stage).fault(Fault("PutBlob", "drop-before", times=None))
    with pytest.raises(Unavailable, match=r"^azureml: PutBlob: the request did not get through: "):
        blobs.put(partial(blobs.signed, signed("a")), BytesIO(b"x"))
