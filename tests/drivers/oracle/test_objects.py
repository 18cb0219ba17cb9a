from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tracemalloc
from io import BytesIO, RawIOBase
from types import SimpleNamespace
from typing import Any, BinaryIO, cast

import pytest

import tracklayer.drivers.oracle.download as downloads
from tracklayer.drivers.oracle import Login, Objects, OciUri, Oracle
from tracklayer.drivers.oracle.session import _Own
from tracklayer.drivers.oracle.uploads import PART
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import OciEmulator
from tracklayer.emulators.proxy import Proxy
from tracklayer.errors import Conflict, NotFound, RateLimited, Unauthenticated, Unavailable

ODD = [
    "a.txt", "a/b/c.txt", "a b+c&d=e.txt", "100%.txt", "a%41.txt", "a%2Fb", "a#b?c", "é/日本語/🚀", "e\u0301", "~",
    "...", "a'b\"c<d>", "x" * 900, "-rf", "a//b", "a/./b", "a;b:c@d",
]  # fmt: skip


class Once(RawIOBase):
    """A stream of so many bytes that cannot be wound back, given in bits of at most 100,000."""

    def __init__(self, size: int, fails: bool = False) -> None:
        self.left = size
        self.number = 0
        self.fails = fails
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        if self.fails and not self.left:
            raise OSError("the disk is gone")
        size = min(len(buffer), self.left, 100_000)
        self.number = (self.number + 1) % 251
        buffer[:size] = bytes([self.number]) * size
        self.digest.update(buffer[:size])
        self.left -= size
        return size


def digest(objects: Objects, at: OciUri) -> str:
    found = hashlib.sha256()
    with objects.open(at) as stream:
        while block := stream.read(2**20):
            found.update(block)
    return found.hexdigest()


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_file_comes_back_under_any_name(objects: Objects, at: OciUri, name: str) -> None:
    place = OciUri(at.bucket, at.namespace, f"{at.name[:60]}/{name}")
    objects.put(place, BytesIO(name.encode()), "text/plain")
    with objects.open(place) as stream:
        assert stream.read() == name.encode()
    (stored,) = objects.list(at).objects
    assert (stored.name, stored.size) == (place.name, len(name.encode()))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART + 5])
@pytest.mark.parametrize("seekable", [True, False], ids=["seekable", "not seekable"])
def test_a_file_of_any_size_comes_back(objects: Objects, at: OciUri, size: int, seekable: bool) -> None:
    once = Once(size)
    objects.put(at, BytesIO(once.readall() or b"") if seekable else cast("BinaryIO", once))
    assert digest(objects, at) == once.digest.hexdigest()


def test_only_what_is_left_of_a_stream_is_stored(objects: Objects, at: OciUri) -> None:
    stream = BytesIO(b"head and rest")
    stream.read(9)
    objects.put(at, stream)
    with objects.open(at) as back:
        assert back.read() == b"rest"


class Sink:
    """An Object Storage that forgets: what is in memory then is the driver's own."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def create_multipart_upload(self, *_: Any) -> Any:
        return SimpleNamespace(data=SimpleNamespace(upload_id="one"))

    def upload_part(self, *args: Any, content_md5: str) -> Any:
        assert content_md5
        self.sizes.append(len(args[-1]))
        return SimpleNamespace(headers={"etag": "x"})

    def commit_multipart_upload(self, *args: Any) -> None:
        assert len(args[-1].parts_to_commit) == len(self.sizes)


def test_a_large_file_takes_a_fixed_amount_of_memory(oracle: Oracle, at: OciUri) -> None:
    sink = Sink()
    oracle._by_process[os.getpid()] = own = _Own()
    own.storage = sink
    tracemalloc.start()
    try:
        Objects(oracle).put(at, cast("BinaryIO", Once(20 * PART)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        oracle._by_process.clear()
    assert sink.sizes == [PART] * 20
    assert most < 7 * PART


def test_a_stream_that_fails_leaves_nothing_behind(objects: Objects, at: OciUri, emulator: OciEmulator) -> None:
    with pytest.raises(OSError, match="the disk is gone"):
        objects.put(at, cast("BinaryIO", Once(2 * PART, fails=True)))
    assert objects.list(at).objects == ()
    assert [call.operation for call in emulator.calls.all()][-2:] == ["AbortMultipartUpload", "ListObjects"]


def test_folders_and_pages(objects: Objects, at: OciUri) -> None:
    for name in ("a", "b/c", "b/d/e", "b-", "f/g"):
        objects.put(at.below(name), BytesIO(b"x"))
    prefix = f"{at.name}/"
    page = objects.list(OciUri(at.bucket, at.namespace, prefix), delimiter="/")
    assert [one.name.removeprefix(prefix) for one in page.objects] == ["a", "b-"]
    assert ([one.removeprefix(prefix) for one in page.folders], page.after) == (["b/", "f/"], None)


def test_long_lists_come_page_by_page(objects: Objects, at: OciUri, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.drivers.oracle.objects.PAGE", 2)
    names = [f"{at.name}/{number}" for number in range(5)]
    for name in names:
        objects.put(OciUri(at.bucket, at.namespace, name), BytesIO(b"x"))
    found: list[str] = []
    after: str | None = None
    pages = 0
    while after is not None or not pages:
        page = objects.list(OciUri(at.bucket, at.namespace, f"{at.name}/"), after, "/")
        found += [one.name for one in page.objects]
        after, pages = page.after, pages + 1
    assert (found, pages) == (names, 3)


def test_what_is_not_there(objects: Objects, at: OciUri) -> None:
    with pytest.raises(NotFound, match="oci: GetObject: "):
        objects.open(at)
    with pytest.raises(NotFound):
        objects.list(OciUri("no-such-bucket", at.namespace))
    assert objects.list(at).objects == ()


# -- what goes wrong on the way


def test_a_broken_download_goes_on_where_it_was(
    objects: Objects, at: OciUri, emulator: OciEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = os.urandom(3 * 2**20)
    objects.put(at, BytesIO(data))
    some, breaks = downloads.Download._some, [True, True]

    def broken(self: downloads.Download, size: int) -> bytes:
        if self._at and breaks:
            breaks.pop()
            return b""
        return some(self, size)

    monkeypatch.setattr(downloads.Download, "_some", broken)
    with objects.open(at) as stream:
        assert stream.read() == data
    assert [call.status for call in emulator.calls.all() if call.operation == "GetObject"] == [200, 206, 206]


def test_a_file_that_is_replaced_while_it_is_read_is_a_conflict(
    objects: Objects, at: OciUri, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(at, BytesIO(b"x" * 2**21))
    with objects.open(at) as stream:
        stream.read(10)
        objects.put(at, BytesIO(b"y" * 2**21))
        monkeypatch.setattr(downloads.Download, "_some", lambda *_: b"")
        with pytest.raises(Conflict, match="was replaced while it was read: read it anew"):
            stream.read()


def test_a_download_that_breaks_every_time_ends_with_an_error(
    objects: Objects, at: OciUri, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.put(at, BytesIO(b"x" * 100))
    monkeypatch.setattr(downloads.Download, "_some", lambda *_: b"")
    with objects.open(at) as stream, pytest.raises(Unavailable, match="broke off 100 bytes before the file's end"):
        stream.read()


@pytest.mark.parametrize("operation", ["PutObject", "UploadPart", "CreateMultipartUpload", "GetObject", "ListObjects"])
@pytest.mark.parametrize("kind", ["answer", "drop-before"])
def test_a_request_that_fails_once_is_sent_again(
    objects: Objects, at: OciUri, emulator: OciEmulator, operation: str, kind: str
) -> None:
    emulator.fault(Fault(operation, kind, status=503, code="ServiceUnavailable"))  # type: ignore[arg-type]
    data = b"x" * (PART + 1 if operation in {"UploadPart", "CreateMultipartUpload"} else 10)
    objects.put(at, BytesIO(data))
    assert [one.size for one in objects.list(at).objects] == [len(data)]
    with objects.open(at) as stream:
        assert stream.read() == data
    assert [call.operation for call in emulator.calls.all() if call.status != 200].count(operation) == 1


def test_a_commit_whose_answer_is_lost_is_an_error_that_may_be_tried_again(
    objects: Objects, at: OciUri, emulator: OciEmulator
) -> None:
    emulator.fault(Fault("CommitMultipartUpload", "drop-after"))
    with pytest.raises(Unavailable, match="is gone: send the file anew") as caught:
        objects.put(at, BytesIO(b"x" * PART))
    assert caught.value.retryable


def test_being_too_fast_is_said_with_the_pause(objects: Objects, at: OciUri, emulator: OciEmulator) -> None:
    emulator.fault(
        Fault("GetObject", "answer", status=429, code="TooManyRequests", times=None, headers={"Retry-After": "3"})
    )
    with pytest.raises(RateLimited) as caught:
        objects.open(at)
    assert caught.value.retry_after == 3.0
    assert len(emulator.calls.all()) == 4


@pytest.mark.parametrize("skew", [-400.0, 400.0])
def test_a_clock_that_is_off_is_said(objects: Objects, at: OciUri, emulator: OciEmulator, skew: float) -> None:
    emulator.tune(skew=skew)
    with pytest.raises(Unauthenticated, match="oci: ListObjects: this machine's clock is off: set it"):
        objects.list(at)


# -- where it is


def test_the_real_host_is_asked_through_the_proxy(
    emulator: OciEmulator, at: OciUri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TRACKLAYER_OCI_STORAGE_ENDPOINT")
    with Proxy([emulator]) as proxy:
        for name, value in proxy.environment().items():
            monkeypatch.setenv(name, value)
        oracle = Oracle(Login.read(region="eu-frankfurt-1"))
        with pytest.raises(NotFound):  # the bucket is another region's
            Objects(oracle).put(at, BytesIO(b"x"))
        oracle.close()
        assert (proxy.refused, set(proxy.asked)) == ([], {"objectstorage.eu-frankfurt-1.oraclecloud.com"})


def test_nothing_is_imported_before_the_first_call() -> None:
    code = (
        "import sys; from tracklayer.drivers.oci import OciDriver;"
        "OciDriver.open('oci://aidp/us-ashburn-1/ocid1.x/w').close(); print('oci' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "False"


def test_without_the_sdk_it_says_which_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.drivers.oracle.session.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError) as caught:
        Oracle()
    assert caught.value.name == "oci"


def test_a_client_is_made_once_and_again_after_it_was_closed(oracle: Oracle) -> None:
    first = oracle.storage()
    assert oracle.storage() is first
    oracle.close()
    assert oracle.storage() is not first
