from __future__ import annotations

import hashlib
import threading
from io import BytesIO

import pytest

from tracklayer.drivers.google import GcsUri, Objects
from tracklayer.drivers.google.streams import PART
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import BUCKET, VertexEmulator
from tracklayer.errors import Conflict, NotFound, PermissionDenied

AT = GcsUri(BUCKET, "a/b ü#?.bin")


class Pipe(BytesIO):
    """Cannot be turned back."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise OSError


@pytest.mark.parametrize("size", [0, 1, 1_000, PART - 1, PART, PART + 1, 2 * PART])
def test_a_file_comes_back_whatever_its_size(objects: Objects, size: int) -> None:
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    stored = objects.put(AT, Pipe(data), "text/plain")
    digest = hashlib.sha256(data).hexdigest()
    assert (stored.size, stored.sha256) == (size, digest)
    with objects.open(AT) as stream:
        assert hashlib.sha256(stream.read()).hexdigest() == digest
    (listed,) = objects.list(GcsUri(BUCKET, "a/")).objects
    assert (listed.name, listed.size, listed.sha256, listed.media_type) == (AT.name, size, digest, "text/plain")


def test_a_file_is_replaced(objects: Objects) -> None:
    objects.put_bytes(AT, b"first")
    objects.put(AT, BytesIO(b"second"))
    assert objects.read(AT) == b"second"


def test_a_file_is_read_as_it_was_when_it_was_opened(objects: Objects) -> None:
    objects.put_bytes(AT, b"x" * (PART + 10))
    with objects.open(AT) as stream:
        stream.read(10)
        objects.put_bytes(AT, b"y" * (PART + 10))
        with pytest.raises(Conflict, match="replaced"):
            stream.read()


def test_a_file_that_is_not_there(objects: Objects) -> None:
    assert objects.head(AT) is None
    assert objects.head(GcsUri("no-such-bucket", "x")) is None
    with pytest.raises(NotFound):
        objects.open(AT)
    with pytest.raises(NotFound):
        objects.read(AT)
    objects.delete(AT)
    assert objects.list(GcsUri("no-such-bucket", "x")).objects == ()


def test_files_are_listed_page_by_page(objects: Objects) -> None:
    names = [f"many/{number:04}" for number in range(1_005)]
    for name in names:
        objects.put_bytes(GcsUri(BUCKET, name), b"x")
    first = objects.list(GcsUri(BUCKET, "many/"))
    assert len(first.objects) == 1_000
    assert first.after is not None
    assert len(objects.list(GcsUri(BUCKET, "many/"), first.after).objects) == 5
    assert [one.name for one in objects.every(GcsUri(BUCKET, "many/"))] == names


def test_all_below_a_place_is_deleted_and_nothing_beside_it(objects: Objects) -> None:
    for name in ("a/b", "a/b/c", "a/b/d/e", "a/bc", "b"):
        objects.put_bytes(GcsUri(BUCKET, name), b"x")
    objects.delete_below(GcsUri(BUCKET, "a/b"))
    assert [one.name for one in objects.every(GcsUri(BUCKET))] == ["a/b", "a/bc", "b"]


def test_a_bucket_is_made_once_and_not_taken_from_others(objects: Objects, emulator: VertexEmulator) -> None:
    for _ in range(2):
        objects.ensure_bucket("made-at-need", "us-central1", None)
    assert emulator.calls.count("buckets.insert", "storage") == 1
    with pytest.raises(PermissionDenied, match="another project"):
        objects.ensure_bucket("made-at-need", "us-central1", "1")


def test_a_request_that_fails_is_tried_again(objects: Objects, emulator: VertexEmulator) -> None:
    emulator.fault(Fault("storage.objects.insert", "answer", times=1, status=503, code="backendError"))
    objects.put_bytes(AT, b"x")
    assert objects.read(AT) == b"x"


def test_each_thread_has_a_client_of_its_own(objects: Objects) -> None:
    objects.put_bytes(AT, b"x")
    read: list[bytes] = []
    threads = [threading.Thread(target=lambda: read.append(objects.read(AT))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == [b"x"] * 4
