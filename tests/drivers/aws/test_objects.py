from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Mapping
from io import BufferedReader, BytesIO, RawIOBase
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from contract_tests.servers.recorder import Answer, Cut, Drop, Lose, Recorder

from tracklayer.drivers.aws import Aws, Objects, Stored
from tracklayer.drivers.aws.objects import MOST_DELETED, PART, _in_parts
from tracklayer.errors import Conflict, NotFound, PermissionDenied, Rejected, Unavailable

MB = 2**20
ODD = [
    "a.txt", "a/b/c.txt", "a b+c&d=e.txt", "100%.txt", "a%41.txt", "a#b?c", "é/日本語/🚀", "e\u0301", "~", "...",
    "a\nb", "a'b\"c<d>", "x" * 900, "-rf", "a//b", "a/./b",
]  # fmt: skip


class Once(RawIOBase):
    """A stream of so many bytes that cannot be wound back, given in bits of at most 100,000."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.number = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        size = min(len(buffer), self.left, 100_000)
        self.number = (self.number + 1) % 251
        buffer[:size] = bytes([self.number]) * size
        self.left -= size
        return size


def put(objects: Objects, bucket: str, key: str, data: bytes) -> None:
    objects.put(bucket, key, BytesIO(data))


def got(objects: Objects, bucket: str, key: str) -> bytes:
    with objects.open(bucket, key) as stream:
        return stream.read()


@pytest.mark.parametrize("key", ODD, ids=ascii)
def test_a_file_comes_back_under_any_key(direct: Objects, bucket: str, key: str) -> None:
    put(direct, bucket, key, key.encode())
    assert got(direct, bucket, key) == key.encode()
    found = direct.head(bucket, key)
    assert found is not None
    assert found.size == len(key.encode())
    assert [stored.key for stored in direct.list(bucket, "").objects] == [key]


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART])
@pytest.mark.parametrize("seekable", [True, False])
def test_a_file_of_any_size_comes_back(objects: Objects, bucket: str, size: int, seekable: bool) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    whole = data[:size]
    stream = BytesIO(whole) if seekable else BufferedReader(Once(size))
    objects.put(bucket, "file", stream)
    back = got(objects, bucket, "file")
    assert len(back) == size
    if seekable:
        assert hashlib.sha256(back).digest() == hashlib.sha256(whole).digest()


def test_a_large_file_goes_in_parts_and_a_small_one_in_one_request(
    objects: Objects, bucket: str, recorder: Recorder
) -> None:
    put(objects, bucket, "small", bytes(PART - 1))
    assert [method for method, _ in recorder.calls()] == ["PUT"]
    recorder.clear()
    put(objects, bucket, "large", bytes(2 * PART + 5))
    assert sorted(method for method, _ in recorder.calls()) == ["POST", "POST", "PUT", "PUT", "PUT"]


def test_a_large_stream_takes_little_memory(bucket: str, recorder: Recorder, aws: Aws, storage: str) -> None:
    """Eight parts in memory at most, of which the stand-in in this process holds copies; never the whole file."""
    config: Any = _in_parts(None)
    assert (config.multipart_chunksize, config.max_in_memory_upload_chunks, config.max_request_concurrency) == (
        PART,
        4,
        4,
    )
    del recorder, storage
    # What `put` itself holds, with an SDK that sends nothing and only reads.
    aws.client("s3").upload_fileobj = lambda stream, *_, **__: [None for _ in iter(lambda: stream.read(PART), b"")]
    tracemalloc.start()
    Objects(aws).put(bucket, "large", BufferedReader(Once(256 * MB)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * PART


@pytest.mark.parametrize(
    ("left", "size"), [(None, PART), (PART, PART), (10_000 * PART, PART), (10_001 * PART, PART + 839)]
)
def test_there_are_never_more_parts_than_s3_takes(left: int | None, size: int) -> None:
    config: Any = _in_parts(left)
    assert config.multipart_chunksize == size
    assert left is None or -(-left // config.multipart_chunksize) <= 10_000


def test_a_stream_is_taken_from_where_it_stands(objects: Objects, bucket: str) -> None:
    data = BytesIO(b"head body")
    data.seek(5)
    objects.put(bucket, "rest", data)
    assert got(objects, bucket, "rest") == b"body"


def test_a_media_type_is_kept(objects: Objects, bucket: str, aws: Aws) -> None:
    for key, size in (("small.json", 10), ("large.json", PART + 1)):
        objects.put(bucket, key, BytesIO(bytes(size)), "application/json")
        assert aws.client("s3").head_object(Bucket=bucket, Key=key)["ContentType"] == "application/json"


def test_a_stream_that_fails_leaves_nothing(objects: Objects, bucket: str, aws: Aws) -> None:
    class Breaking(Once):
        def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
            if self.left < 5 * MB:
                message = "the disk is gone"
                raise OSError(message)
            return super().readinto(buffer)

    for size in (6 * MB, 3 * PART):
        with pytest.raises(OSError, match="the disk is gone"):
            objects.put(bucket, "half", BufferedReader(Breaking(size)))
    assert objects.head(bucket, "half") is None
    assert "Uploads" not in aws.client("s3").list_multipart_uploads(Bucket=bucket)


def test_a_file_is_replaced(objects: Objects, bucket: str) -> None:
    for data in (b"the first, and the longest", b"second", b""):
        put(objects, bucket, "file", data)
        assert got(objects, bucket, "file") == data


def test_what_is_not_there_is_not_found(objects: Objects, bucket: str) -> None:
    assert objects.head(bucket, "missing") is None
    assert objects.head("no-such-bucket-of-anybody", "missing") is None
    assert objects.list(bucket, "missing").objects == ()
    with pytest.raises(NotFound, match=r"^sagemaker: GetObject: The specified key does not exist"):
        objects.open(bucket, "missing")
    with pytest.raises(NotFound, match="bucket does not exist"):
        objects.list("no-such-bucket-of-anybody", "")
    with pytest.raises(NotFound, match="bucket does not exist"):
        put(objects, "no-such-bucket-of-anybody", "x", b"")


def test_a_list_comes_in_pages_and_folders(objects: Objects, bucket: str, recorder: Recorder) -> None:
    for key in ("a/1", "a/2", "a/b/3", "top"):
        put(objects, bucket, key, b"xy")
    page = objects.list(bucket, "a/", delimiter="/")
    assert [(stored.key, stored.size) for stored in page.objects] == [("a/1", 2), ("a/2", 2)]
    assert page.folders == ("a/b/",)
    assert page.after is None
    assert [stored.key for stored in objects.every(bucket, "")] == ["a/1", "a/2", "a/b/3", "top"]
    recorder.clear()
    first = two_a_page(objects, bucket)
    assert first == [["a/1", "a/2"], ["a/b/3", "top"]]


def two_a_page(objects: Objects, bucket: str) -> list[list[str]]:
    """The list, with the SDK told to ask for two keys a page."""
    client = objects._aws.client("s3")
    asked = client.list_objects_v2
    client.list_objects_v2 = lambda **given: asked(**given, MaxKeys=2)
    pages, after = [], None
    while True:
        page = objects.list(bucket, "", after)
        pages.append([stored.key for stored in page.objects])
        after = page.after
        if after is None:
            client.list_objects_v2 = asked
            return pages


def test_files_are_deleted_and_twice_is_once(objects: Objects, bucket: str) -> None:
    for key in ("a/1", "a/2", "b"):
        put(objects, bucket, key, b"x")
    objects.delete(bucket, ["b", "missing"])
    objects.delete(bucket, ["b"])
    assert [stored.key for stored in objects.every(bucket, "")] == ["a/1", "a/2"]
    objects.delete_below(bucket, "a/")
    assert objects.list(bucket, "").objects == ()
    objects.delete_below(bucket, "a/")


def test_many_files_are_deleted_in_few_requests(objects: Objects, bucket: str, recorder: Recorder) -> None:
    objects.delete(bucket, (f"missing-{number}" for number in range(2 * MOST_DELETED + 1)))
    assert len(recorder.seen) == 3
    sizes = [len(ET.fromstring(seen.body).findall("{*}Object")) for seen in recorder.seen]  # noqa: S314 -- our own
    assert sizes == [MOST_DELETED, MOST_DELETED, 1]


@pytest.mark.parametrize(("code", "kind"), [("AccessDenied", PermissionDenied), ("Odd", Rejected)])
def test_a_refusal_inside_a_good_answer_is_an_error(
    objects: Objects, bucket: str, recorder: Recorder, code: str, kind: type[Exception]
) -> None:
    body = f"<DeleteResult><Error><Key>mine</Key><Code>{code}</Code><Message>no</Message></Error></DeleteResult>"
    recorder.inject("POST", bucket, Answer(200, body.encode(), {"Content-Type": "application/xml"}))
    with pytest.raises(kind, match=f"'mine': no \\({code}\\)"):
        objects.delete(bucket, ["mine"])


def test_a_bucket_is_made_once_in_its_region(objects: Objects, aws: Aws, recorder: Recorder) -> None:
    objects.ensure_bucket("made-by-ensure-bucket")
    objects.ensure_bucket("made-by-ensure-bucket")
    assert [seen.method for seen in recorder.seen].count("PUT") == 1
    assert {seen.headers["x-amz-expected-bucket-owner"] for seen in recorder.seen if seen.method == "HEAD"} == {
        "123456789012"
    }
    where = aws.client("s3").get_bucket_location(Bucket="made-by-ensure-bucket")
    assert where["LocationConstraint"] == "eu-west-1"


def test_a_bucket_of_the_first_region_names_none(recorder: Recorder) -> None:
    aws = Aws("us-east-1")
    Objects(aws).ensure_bucket("made-in-the-first-region")
    assert next(seen.body for seen in recorder.seen if seen.method == "PUT") == b""
    aws.close()


def test_a_bucket_that_another_process_has_just_made_is_good(objects: Objects, recorder: Recorder) -> None:
    body = b"<Error><Code>BucketAlreadyOwnedByYou</Code><Message>x</Message></Error>"
    recorder.inject("PUT", "another-was-faster", Answer(409, body, {"Content-Type": "application/xml"}))
    objects.ensure_bucket("another-was-faster")
    assert recorder.seen[-1].status == 409


def test_a_bucket_of_somebody_else_is_not_used(objects: Objects, recorder: Recorder) -> None:
    recorder.inject("HEAD", "guessed-and-taken", Answer(403))
    with pytest.raises(PermissionDenied, match="'guessed-and-taken' is not yours, or you may not look at it"):
        objects.ensure_bucket("guessed-and-taken")
    assert "PUT" not in [seen.method for seen in recorder.seen]


def test_a_request_that_fails_is_tried_again(objects: Objects, bucket: str, recorder: Recorder) -> None:
    for fault in (Answer(503, b"<Error><Code>SlowDown</Code></Error>"), Drop(), Lose()):
        recorder.inject("PUT", "file", fault)
    put(objects, bucket, "file", b"stored")
    assert len(recorder.seen) == 4
    assert got(objects, bucket, "file") == b"stored"


def test_a_read_goes_on_where_it_broke(objects: Objects, bucket: str, recorder: Recorder) -> None:
    data = hashlib.sha256(b"seed").digest() * (MB // 8)
    put(objects, bucket, "file", data)
    recorder.clear()
    for after in (1_000_000, 500_000, 0):
        recorder.inject("GET", "file", Cut(after))
    assert hashlib.sha256(got(objects, bucket, "file")).digest() == hashlib.sha256(data).digest()
    asked: list[Mapping[str, str]] = [seen.headers for seen in recorder.seen]
    assert len(asked) == 4
    assert "Range" not in asked[0]
    assert all(headers["Range"].startswith("bytes=") and headers["If-Match"] for headers in asked[1:])


def test_a_file_that_is_replaced_while_it_is_read_is_a_conflict(
    objects: Objects, bucket: str, recorder: Recorder
) -> None:
    put(objects, bucket, "file", bytes(MB))
    recorder.inject("GET", "file", Cut(1_000))
    with objects.open(bucket, "file") as stream:
        put(objects, bucket, "file", b"new" * 1_000)
        with pytest.raises(Conflict, match="'file' was replaced while it was read"):
            stream.read()


def test_a_read_that_breaks_for_ever_ends_with_an_error(objects: Objects, bucket: str, recorder: Recorder) -> None:
    put(objects, bucket, "file", bytes(MB))
    recorder.inject("GET", "file", Cut(0), times=20)
    with (
        objects.open(bucket, "file") as stream,
        pytest.raises(Unavailable, match="1048576 bytes before the file's end"),
    ):
        stream.read()


def test_a_stream_is_read_in_bits_and_closed(objects: Objects, bucket: str) -> None:
    put(objects, bucket, "file", b"0123456789")
    stream = objects.open(bucket, "file")
    assert [stream.read(4), stream.read(0), stream.read(4), stream.read(4), stream.read(4)] == [
        b"0123", b"", b"4567", b"89", b"",
    ]  # fmt: skip
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read()


def test_what_is_stored_says_its_size_and_version(direct: Objects, bucket: str) -> None:
    put(direct, bucket, "file", b"hello")
    digest = hashlib.md5(b"hello", usedforsecurity=False).hexdigest()
    assert direct.head(bucket, "file") == Stored("file", 5, f'"{digest}"')
    assert direct.list(bucket, "file").objects == (Stored("file", 5, f'"{digest}"'),)
