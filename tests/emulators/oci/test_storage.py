"""Object Storage as the official SDK meets it, and on the wire where the SDK does not go."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.emulators.oci.asking import SDK, Cloud

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import BUCKET, HOME, OTHER

NS = HOME.namespace
WHERE = (NS, BUCKET)
NAMES = {
    "marks": "a b/é+%.txt",
    "japanese": "日本/x",
    "empty-part": "a//b",
    "dots": "..",
    "query": "?#&=",
    "plain": "p",
}


@pytest.fixture
def storage(cloud: Cloud) -> Any:
    return cloud.storage()


@contextmanager
def refused(status: int, code: str) -> Iterator[None]:
    with pytest.raises(SDK.exceptions.ServiceError) as failed:
        yield
    assert (failed.value.status, failed.value.code) == (status, code)


def md5(*data: bytes) -> str:
    """Of one body; of several, as of an object in parts."""
    sums = [hashlib.md5(one, usedforsecurity=False).digest() for one in data]
    if len(sums) > 1:
        sums = [hashlib.md5(b"".join(sums), usedforsecurity=False).digest()]
    return base64.b64encode(sums[0]).decode()


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_what_was_put_is_there(cloud: Cloud, storage: Any, name: str) -> None:
    strict = {"enable_strict_url_encoding": True}
    told = {"content_type": "text/x-a", "content_encoding": "own", "opc_meta": {"k": "v"}, **strict}
    put = storage.put_object(*WHERE, name, b"hello", opc_client_request_id="mine", **told).headers
    assert put["opc-client-request-id"] == "mine"
    assert put["opc-content-md5"] == md5(b"hello")
    assert cloud.object(name) == b"hello"
    got = storage.get_object(*WHERE, name, **strict)
    assert (got.data.raw.read(), got.headers["content-md5"], got.headers["etag"]) == (
        b"hello",
        md5(b"hello"),
        put["etag"],
    )
    head = storage.head_object(*WHERE, name, **strict).headers
    shown = {"content-length", "content-type", "content-encoding", "opc-meta-k", "accept-ranges", "version-id"}
    assert {key: head[key] for key in shown} == {
        "content-length": "5",
        "content-type": "text/x-a",
        "content-encoding": "own",
        "opc-meta-k": "v",
        "accept-ranges": "bytes",
        "version-id": put["version-id"],
    }
    assert [one.name for one in storage.list_objects(*WHERE).data.objects] == [name]
    storage.delete_object(*WHERE, name, **strict)
    with refused(404, "ObjectNotFound"):
        storage.get_object(*WHERE, name, **strict)
    with refused(404, "ObjectNotFound"):
        storage.delete_object(*WHERE, name, **strict)


def test_a_large_object_waits_for_100_continue(cloud: Cloud, storage: Any) -> None:
    data = bytes(range(256)) * 4096
    storage.put_object(*WHERE, "big", io.BytesIO(data))
    assert cloud.object("big") == data


@pytest.mark.parametrize(
    ("asked", "status", "told", "content"),
    [
        ("bytes=2-4", 206, "bytes 2-4/10", b"234"),
        ("bytes=7-", 206, "bytes 7-9/10", b"789"),
        ("bytes=7-99", 206, "bytes 7-9/10", b"789"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=10-", 416, "bytes */10", None),
        ("lines=1-2", 200, None, b"0123456789"),
    ],
)
def test_a_range_is_cut_out(cloud: Cloud, asked: str, status: int, told: str | None, content: bytes | None) -> None:
    path = f"/n/{NS}/b/{BUCKET}/o/a"
    cloud.ask("PUT", path, data=b"0123456789")
    answer = cloud.ask("GET", path, headers={"range": asked})
    assert (answer.status_code, answer.headers.get("content-range")) == (status, told)
    assert answer.json()["code"] == "InvalidRange" if content is None else answer.content == content


def test_conditions_hold_or_412(storage: Any) -> None:
    etag = storage.put_object(*WHERE, "a", b"1", if_none_match="*").headers["etag"]
    with refused(412, "IfNoneMatchFailed"):
        storage.put_object(*WHERE, "a", b"2", if_none_match="*")
    with refused(412, "IfMatchFailed"):
        storage.put_object(*WHERE, "a", b"2", if_match="other")
    with refused(412, "IfMatchFailed"):
        storage.put_object(*WHERE, "new", b"2", if_match=etag)
    with refused(400, "InvalidParameter"):
        storage.put_object(*WHERE, "a", b"2", if_none_match=etag)
    with refused(412, "IfMatchFailed"):
        storage.delete_object(*WHERE, "a", if_match="other")
    with refused(412, "IfMatchFailed"):
        storage.get_object(*WHERE, "a", if_match="other")
    newer = storage.put_object(*WHERE, "a", b"2", if_match=etag).headers["etag"]
    assert newer != etag
    assert storage.get_object(*WHERE, "a", if_match=newer).data.content == b"2"
    with pytest.raises(SDK.exceptions.ServiceError) as unchanged:
        storage.get_object(*WHERE, "a", if_none_match=newer)
    assert unchanged.value.status == 304


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"content_md5": md5(b"x")}, None),
        ({"content_md5": md5(b"y")}, "UnmatchedContentMD5"),
        ({"opc_content_sha256": base64.b64encode(hashlib.sha256(b"x").digest()).decode()}, None),
        ({"opc_content_sha256": "AAAA"}, "UnmatchedContentSHA256"),
        ({"opc_content_sha384": "AAAA"}, "UnmatchedContentSHA384"),
    ],
)
def test_sums_are_checked(cloud: Cloud, storage: Any, given: dict[str, str], code: str | None) -> None:
    if code is None:
        storage.put_object(*WHERE, "a", b"x", **given)
        assert cloud.object("a") == b"x"
    else:
        with refused(400, code):
            storage.put_object(*WHERE, "a", b"x", **given)
        with refused(404, "ObjectNotFound"):
            storage.get_object(*WHERE, "a")


@pytest.mark.parametrize(
    ("name", "good"), [("x" * 1024, True), ("ü" * 512, True), ("x" * 1025, False), ("ü" * 513, False), ("a\nb", False)]
)
def test_names_have_1024_bytes(storage: Any, name: str, good: bool) -> None:
    if good:
        assert storage.put_object(*WHERE, name, b"").status == 200
    else:
        with refused(400, "InvalidObjectName"):
            storage.put_object(*WHERE, name, b"")


def test_lists_have_prefixes_fields_and_bounds(storage: Any) -> None:
    for name in ("a", "b/1", "b/2/x", "b/2/y", "b/3", "c", "é"):
        storage.put_object(*WHERE, name, b"12")
    every = storage.list_objects(*WHERE).data
    assert [one.name for one in every.objects] == ["a", "b/1", "b/2/x", "b/2/y", "b/3", "c", "é"]
    assert (every.objects[0].size, every.next_start_with) == (None, None)
    top = storage.list_objects(*WHERE, delimiter="/", fields="name,SIZE,etag,md5,timeCreated").data
    assert ([one.name for one in top.objects], top.prefixes) == (["a", "c", "é"], ["b/"])
    assert (top.objects[0].size, top.objects[0].md5) == (2, md5(b"12"))
    inner = storage.list_objects(*WHERE, prefix="b/", delimiter="/").data
    assert ([one.name for one in inner.objects], inner.prefixes) == (["b/1", "b/3"], ["b/2/"])
    assert [one.name for one in storage.list_objects(*WHERE, start="b/3", end="é").data.objects] == ["b/3", "c"]
    assert [one.name for one in storage.list_objects(*WHERE, start_after="c").data.objects] == ["é"]
    for wrong in ({"delimiter": "|"}, {"limit": 1001}, {"limit": 0}, {"fields": "color"}):
        with refused(400, "InvalidParameter"):
            storage.list_objects(*WHERE, **wrong)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_go_on_where_the_last_one_ended_though_some_go(storage: Any, limit: int) -> None:
    for name in ("a", "b/1", "b/2", "c", "d/x", "e"):
        storage.put_object(*WHERE, name, b"")
    objects, prefixes, start = [], [], ""
    while start is not None:
        page = storage.list_objects(*WHERE, delimiter="/", limit=limit, start=start).data
        assert len(page.objects) + len(page.prefixes) <= limit
        objects += [one.name for one in page.objects]
        prefixes += page.prefixes
        start = page.next_start_with
    assert (objects, prefixes) == (["a", "c", "e"], ["b/", "d/"])


def test_a_page_has_1000_objects(cloud: Cloud, storage: Any) -> None:
    bucket = cloud.emulator.storage.store.bucket(HOME, "us-ashburn-1", *WHERE)
    storage.put_object(*WHERE, "0000", b"")
    bucket.blobs |= {f"{number:04d}": bucket.blobs["0000"] for number in range(1, 1001)}
    page = storage.list_objects(*WHERE).data
    assert (len(page.objects), page.next_start_with) == (1000, "1000")


# -- in parts


def begun(storage: Any, name: str = "a", **more: Any) -> str:
    details = SDK.object_storage.models.CreateMultipartUploadDetails(object=name, content_type="text/x-a", **more)
    return str(storage.create_multipart_upload(*WHERE, details).data.upload_id)


def commit(storage: Any, upload: str, parts: dict[int, str], name: str = "a", **more: Any) -> Any:
    models = SDK.object_storage.models
    wanted = [models.CommitMultipartUploadPartDetails(part_num=number, etag=etag) for number, etag in parts.items()]
    left_out = more.pop("parts_to_exclude", None)
    details = models.CommitMultipartUploadDetails(parts_to_commit=wanted, parts_to_exclude=left_out)
    return storage.commit_multipart_upload(*WHERE, name, upload, details, **more)


def put_part(storage: Any, upload: str, number: int, data: bytes, **more: Any) -> str:
    return str(storage.upload_part(*WHERE, "a", upload, number, data, **more).headers["etag"])


def test_parts_become_one_object_in_the_order_of_their_numbers(cloud: Cloud, storage: Any) -> None:
    cloud.emulator.tune(smallest_part=3)
    upload = begun(storage, metadata={"opc-meta-k": "v"})
    parts = {2: put_part(storage, upload, 2, b"4"), 1: put_part(storage, upload, 1, b"old")}
    parts[1] = put_part(storage, upload, 1, b"123", content_md5=md5(b"123"))
    listed = storage.list_multipart_upload_parts(*WHERE, "a", upload).data
    assert [(one.part_number, one.size, one.etag, one.md5) for one in listed] == [
        (1, 3, parts[1], md5(b"123")),
        (2, 1, parts[2], md5(b"4")),
    ]
    assert [one.object for one in storage.list_multipart_uploads(*WHERE).data] == ["a"]
    with refused(404, "ObjectNotFound"):
        storage.get_object(*WHERE, "a")
    done = commit(storage, upload, parts).headers
    assert cloud.object("a") == b"1234"
    head = storage.head_object(*WHERE, "a").headers
    assert head["opc-multipart-md5"] == done["opc-multipart-md5"] == f"{md5(b'123', b'4')}-2"
    assert "content-md5" not in head
    assert (head["content-type"], head["opc-meta-k"]) == ("text/x-a", "v")
    with refused(404, "NoSuchUpload"):
        commit(storage, upload, parts)
    assert storage.list_multipart_uploads(*WHERE).data == []


@pytest.mark.parametrize(("size", "good"), [(10 * 1024 * 1024, True), (10 * 1024 * 1024 - 1, False)])
def test_parts_but_the_last_have_10_mib(storage: Any, size: int, good: bool) -> None:
    upload = begun(storage)
    parts = {1: put_part(storage, upload, 1, bytes(size)), 2: put_part(storage, upload, 2, b"x")}
    if good:
        assert commit(storage, upload, parts).status == 200
    else:
        with refused(400, "InvalidUploadPart"):
            commit(storage, upload, parts)


def test_what_is_committed_was_uploaded_and_nothing_is_left_over(storage: Any) -> None:
    upload = begun(storage)
    etag = put_part(storage, upload, 1, b"x")
    spare = put_part(storage, upload, 7, b"y")
    for wrong in ({}, {1: etag, 7: spare, 3: "none"}, {1: "other", 7: spare}, {1: etag}):
        with refused(400, "InvalidUploadPart"):
            commit(storage, upload, wrong)
    assert commit(storage, upload, {1: etag}, parts_to_exclude=[7]).status == 200


@pytest.mark.parametrize(("number", "good"), [(1, True), (10_000, True), (0, False), (10_001, False)])
def test_there_are_10000_parts(storage: Any, number: int, good: bool) -> None:
    upload = begun(storage)
    if good:
        assert put_part(storage, upload, number, b"x")
    else:
        with refused(400, "InvalidUploadPart"):
            put_part(storage, upload, number, b"x")


def test_sizes_are_bounded(cloud: Cloud, storage: Any) -> None:
    assert cloud.emulator.knobs.model_dump()["largest_put"] == 50 * 1024**3
    cloud.emulator.tune(largest_put=4)
    upload = begun(storage)
    assert storage.put_object(*WHERE, "b", b"1234").status == 200
    assert put_part(storage, upload, 1, b"1234")
    with refused(413, "RequestEntityTooLarge"):
        storage.put_object(*WHERE, "b", b"12345")
    with refused(413, "RequestEntityTooLarge"):
        put_part(storage, upload, 1, b"12345")


def test_an_upload_that_is_given_up_is_gone(storage: Any) -> None:
    upload = begun(storage)
    put_part(storage, upload, 1, b"x")
    storage.abort_multipart_upload(*WHERE, "a", upload)
    with refused(404, "NoSuchUpload"):
        put_part(storage, upload, 1, b"x")
    with refused(404, "NoSuchUpload"):
        storage.abort_multipart_upload(*WHERE, "a", upload)


def test_conditions_of_an_upload_are_checked_at_both_ends(storage: Any) -> None:
    upload = begun(storage)
    etag = put_part(storage, upload, 1, b"x")
    storage.put_object(*WHERE, "a", b"1")
    with refused(412, "IfNoneMatchFailed"):
        commit(storage, upload, {1: etag}, if_none_match="*")
    details = SDK.object_storage.models.CreateMultipartUploadDetails(object="a")
    with refused(412, "IfNoneMatchFailed"):
        storage.create_multipart_upload(*WHERE, details, if_none_match="*")


def test_lists_of_parts_go_by_pages(storage: Any) -> None:
    upload = begun(storage)
    for number in (1, 2, 3):
        put_part(storage, upload, number, b"x")
    first = storage.list_multipart_upload_parts(*WHERE, "a", upload, limit=2)
    rest = storage.list_multipart_upload_parts(*WHERE, "a", upload, limit=2, page=first.next_page)
    assert [one.part_number for one in [*first.data, *rest.data]] == [1, 2, 3]
    assert not rest.has_next_page
    with refused(400, "InvalidParameter"):
        storage.list_multipart_upload_parts(*WHERE, "a", upload, page="x")


def test_the_upload_manager_does_it_all(cloud: Cloud, storage: Any, tmp_path: Any) -> None:
    data = bytes(range(256)) * 4 * 1024 * 21  # 21 MiB
    path = tmp_path / "file"
    path.write_bytes(data)
    manager = SDK.object_storage.UploadManager(storage)
    manager.upload_file(*WHERE, "parts", str(path), part_size=10 * 1024 * 1024)
    assert hashlib.sha256(cloud.object("parts")).digest() == hashlib.sha256(data).digest()
    assert cloud.emulator.calls.count("UploadPart") == 3
    manager.upload_stream(*WHERE, "stream", io.BytesIO(data), part_size=10 * 1024 * 1024)
    assert cloud.object("stream") == cloud.object("parts")


# -- buckets


def test_buckets_are_made_seen_and_dropped(cloud: Cloud, storage: Any) -> None:
    details = SDK.object_storage.models.CreateBucketDetails(name="new", compartment_id=HOME.compartment)
    assert storage.create_bucket(NS, details).data.name == "new"
    with refused(409, "BucketAlreadyExists"):
        storage.create_bucket(NS, details)
    assert storage.get_bucket(NS, "new").data.compartment_id == HOME.compartment
    assert storage.head_bucket(NS, "new").status == 200
    assert [one.name for one in storage.list_buckets(NS, HOME.compartment).data] == ["new", BUCKET]
    storage.put_object(NS, "new", "a", b"")
    with refused(409, "BucketNotEmpty"):
        storage.delete_bucket(NS, "new")
    storage.delete_object(NS, "new", "a")
    storage.delete_bucket(NS, "new")
    with refused(404, "BucketNotFound"):
        storage.get_bucket(NS, "new")
    with refused(400, "InvalidBucketName"):
        storage.create_bucket(NS, SDK.object_storage.models.CreateBucketDetails(name="a/b", compartment_id="c"))
    cloud.emulator.tune(buckets=["one"])
    cloud.emulator.reset()
    assert [one.name for one in storage.list_buckets(NS, HOME.compartment).data] == ["one"]


def test_what_is_anothers_is_not_there(cloud: Cloud, storage: Any) -> None:
    theirs = cloud.storage("OTHER")
    theirs.put_object(OTHER.namespace, BUCKET, "a", b"theirs")
    storage.put_object(*WHERE, "a", b"ours")
    assert theirs.get_object(OTHER.namespace, BUCKET, "a").data.content == b"theirs"
    for ask in (theirs.get_object, theirs.delete_object):
        with refused(404, "BucketNotFound"):
            ask(*WHERE, "a")
    with refused(404, "NamespaceNotFound"):
        theirs.list_buckets(NS, HOME.compartment)
    assert storage.get_namespace_metadata(NS).data.namespace == NS


def test_a_namespace_and_a_region_are_reached_by_their_hosts(cloud: Cloud) -> None:
    path = f"/n/{NS}/b/{BUCKET}/o/a"
    host = "objectstorage.us-ashburn-1.oraclecloud.com"
    assert cloud.ask("PUT", path, data=b"x", host=host).status_code == 200
    own = f"{NS}.objectstorage.us-ashburn-1.oci.customer-oci.com"
    assert cloud.ask("GET", path, host=own).content == b"x"
    others = f"{OTHER.namespace}.objectstorage.us-ashburn-1.oci.customer-oci.com"
    assert cloud.refusal("GET", path, host=others)[:2] == (404, "NotFound")
    far = "objectstorage.eu-frankfurt-1.oraclecloud.com"
    assert cloud.refusal("GET", path, host=far)[:2] == (404, "BucketNotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", f"/n/{NS}/b/{BUCKET}"), ("GET", f"/n/{NS}/x"), ("POST", f"/n/{NS}/b/{BUCKET}/actions/copyObject")],
)
def test_what_it_does_not_have_is_said(cloud: Cloud, method: str, path: str) -> None:
    assert cloud.refusal(method, path, json={})[:2] == (404, "NotFound")


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_json_is_refused(cloud: Cloud, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert cloud.refusal("POST", f"/n/{NS}/b", data=body, headers=headers)[:2] == (400, "CannotParseRequest")


def test_too_many_calls_are_429(cloud: Cloud, storage: Any) -> None:
    cloud.emulator.tune(rates={"PutObject": 0.001}, burst=2)
    for _ in range(2):
        storage.put_object(*WHERE, "a", b"")
    with refused(429, "TooManyRequests"):
        storage.put_object(*WHERE, "a", b"")
    assert storage.get_object(*WHERE, "a").data.content == b""
    cloud.emulator.fault(Fault("objectstorage.*", "answer", status=409, code="ConcurrentObjectUpdate"))
    with refused(409, "ConcurrentObjectUpdate"):
        storage.get_object(*WHERE, "a")
