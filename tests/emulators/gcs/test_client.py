"""Google's own client, google-cloud-storage."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from google.api_core import exceptions
from google.cloud import storage
from google.cloud.storage import transfer_manager
from tests.emulators.gcs.conftest import BUCKET, GcsAlone

CONTENT = random.Random(7).randbytes(3_000_001)  # noqa: S311 -- any bytes


def test_what_is_uploaded_at_once_comes_back(client: storage.Client) -> None:
    blob = client.bucket(BUCKET).blob("a/b ü#?.txt")
    blob.metadata = {"k": "v"}
    blob.upload_from_string(b"hello", content_type="text/plain")
    found = client.bucket(BUCKET).get_blob("a/b ü#?.txt")
    assert found is not None
    assert (found.size, found.content_type, found.metadata) == (5, "text/plain", {"k": "v"})
    assert (found.md5_hash, found.crc32c) == ("XUFAKrxLKna5cZ2REBfFkg==", "mnG7TA==")
    assert found.generation == blob.generation
    assert found.download_as_bytes() == b"hello"
    assert client.bucket(BUCKET).get_blob("nobody") is None


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, len(CONTENT)])
def test_what_is_uploaded_in_pieces_comes_back(client: storage.Client, emulator: GcsAlone, size: int) -> None:
    blob = client.bucket(BUCKET).blob("big", chunk_size=256 * 1024)
    blob.upload_from_file(io.BytesIO(CONTENT[:size]))
    assert blob.download_as_bytes() == CONTENT[:size]
    assert emulator.calls.count("objects.upload") >= max(1, -(-size // (256 * 1024)))


def test_a_stream_of_unknown_size_is_uploaded(client: storage.Client) -> None:
    with client.bucket(BUCKET).blob("stream", chunk_size=256 * 1024).open("wb") as stream:
        for start in range(0, len(CONTENT), 100_000):
            stream.write(CONTENT[start : start + 100_000])
    assert client.bucket(BUCKET).blob("stream").download_as_bytes() == CONTENT


def test_parts_are_read_by_their_ranges(client: storage.Client, tmp_path: Path) -> None:
    blob = client.bucket(BUCKET).blob("big")
    blob.upload_from_string(CONTENT)
    assert blob.download_as_bytes(start=5, end=9) == CONTENT[5:10]
    assert blob.download_as_bytes(start=len(CONTENT) - 2) == CONTENT[-2:]
    with blob.open("rb", chunk_size=256 * 1024) as stream:
        stream.seek(1_000_000)
        assert stream.read(10) == CONTENT[1_000_000:1_000_010]
    place = tmp_path / "big"
    transfer_manager.download_chunks_concurrently(
        blob, str(place), chunk_size=1_000_000, worker_type=transfer_manager.THREAD
    )
    assert place.read_bytes() == CONTENT
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=len(CONTENT))


def test_lists_have_prefixes_delimiters_and_pages(client: storage.Client) -> None:
    for name in ("a", "b/1", "b/2", "b/c/3", "d/", "e"):
        client.bucket(BUCKET).blob(name).upload_from_string(b"x")

    def names(**parameters: object) -> list[str]:
        return [blob.name for blob in client.list_blobs(BUCKET, **parameters)]

    assert names() == ["a", "b/1", "b/2", "b/c/3", "d/", "e"]
    assert names(prefix="b/") == ["b/1", "b/2", "b/c/3"]
    assert names(page_size=2) == names()
    assert names(max_results=2) == ["a", "b/1"]
    assert names(start_offset="b/2", end_offset="e") == ["b/2", "b/c/3", "d/"]
    pages = client.list_blobs(BUCKET, delimiter="/")
    assert [blob.name for blob in pages] == ["a", "e"]
    assert pages.prefixes == {"b/", "d/"}
    below = client.list_blobs(BUCKET, prefix="b/", delimiter="/", page_size=1)
    assert [blob.name for blob in below] == ["b/1", "b/2"]
    assert below.prefixes == {"b/c/"}
    assert names(delimiter="/", include_trailing_delimiter=True) == ["a", "d/", "e"]


def test_generations_guard_writes_and_deletions(client: storage.Client) -> None:
    blob = client.bucket(BUCKET).blob("a")
    blob.upload_from_string(b"one", if_generation_match=0)
    first = blob.generation
    with pytest.raises(exceptions.PreconditionFailed):
        client.bucket(BUCKET).blob("a").upload_from_string(b"two", if_generation_match=0)
    blob.upload_from_string(b"two", if_generation_match=first)
    assert blob.generation > first
    with pytest.raises(exceptions.PreconditionFailed):
        blob.delete(if_generation_match=first)
    with pytest.raises(exceptions.NotFound):
        client.bucket(BUCKET).blob("a", generation=first).download_as_bytes()
    blob.delete(if_generation_match=blob.generation)
    with pytest.raises(exceptions.NotFound):
        blob.delete()
    assert not blob.exists()


def test_metadata_is_patched_and_counted(client: storage.Client) -> None:
    blob = client.bucket(BUCKET).blob("a")
    blob.metadata = {"k": "v", "l": "w"}
    blob.upload_from_string(b"x")
    blob.metadata = {"k": None, "m": "x"}
    blob.cache_control = "no-cache"
    blob.patch(if_metageneration_match=1)
    blob.reload()
    assert (blob.metadata, blob.cache_control, blob.metageneration) == ({"l": "w", "m": "x"}, "no-cache", 2)
    blob.metadata = {"n": "y"}
    blob.update()
    assert blob.metadata == {"n": "y"}
    with pytest.raises(exceptions.PreconditionFailed):
        blob.patch(if_metageneration_match=1)


def test_objects_are_copied_moved_and_composed(client: storage.Client) -> None:
    bucket = client.bucket(BUCKET)
    blob = bucket.blob("a", chunk_size=None)
    blob.upload_from_string(b"one", content_type="text/x-a")
    copy = bucket.copy_blob(blob, bucket, "b/copy")
    assert (copy.download_as_bytes(), copy.content_type) == (b"one", "text/x-a")
    token, done, whole = bucket.blob("c").rewrite(blob)
    assert (token, done, whole) == (None, 3, 3)
    composed = bucket.blob("whole")
    composed.compose([blob, copy])
    composed.reload()
    assert composed.download_as_bytes() == b"oneone"
    assert (composed.component_count, composed.md5_hash) == (2, None)


def test_a_batch_does_many_things_at_once(client: storage.Client, emulator: GcsAlone) -> None:
    bucket = client.bucket(BUCKET)
    for number in range(5):
        bucket.blob(f"{number}").upload_from_string(b"x")
    emulator.calls.clear()
    with client.batch(raise_exception=False) as batch:
        for number in range(1, 7):
            bucket.blob(f"{number}").delete()
        shown = bucket.blob("0")
        shown.metadata = {"k": "v"}
        shown.patch()
    assert (emulator.calls.count("batch"), emulator.calls.count("objects.delete")) == (1, 0)
    assert [answer.status_code for answer in batch._responses] == [204] * 4 + [404] * 2 + [200]
    assert [(blob.name, blob.metadata) for blob in client.list_blobs(BUCKET)] == [("0", {"k": "v"})]


def test_buckets_are_made_listed_and_deleted_when_empty(client: storage.Client) -> None:
    made = client.create_bucket("bucket-b", location="europe-west4")
    assert made.location.lower() == "europe-west4"
    assert [bucket.name for bucket in client.list_buckets()] == [BUCKET, "bucket-b"]
    assert [bucket.name for bucket in client.list_buckets(prefix="bucket-b")] == ["bucket-b"]
    with pytest.raises(exceptions.Conflict):
        client.create_bucket("bucket-b")
    with pytest.raises(exceptions.BadRequest):
        client.create_bucket("Upper")
    made.blob("a").upload_from_string(b"x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        made.delete()
    made.delete(force=True)
    assert client.lookup_bucket("bucket-b") is None
    others = client.create_bucket("bucket-c", project="2")
    assert (others.project_number, client.get_bucket(BUCKET).project_number) == (2, 1)
    assert [bucket.name for bucket in client.list_buckets()] == [BUCKET]
    with pytest.raises(exceptions.Conflict, match="shared by all users"):
        client.create_bucket("bucket-c")
    with pytest.raises(exceptions.NotFound):
        client.bucket("nobody").blob("a").upload_from_string(b"x")


def test_policies_and_labels_of_buckets_are_kept(client: storage.Client) -> None:
    bucket = client.get_bucket(BUCKET)
    policy = bucket.get_iam_policy()
    policy.bindings.append({"role": "roles/storage.admin", "members": {"user:a@b.c"}})
    bucket.set_iam_policy(policy)
    assert bucket.get_iam_policy().bindings[0]["role"] == "roles/storage.admin"
    assert bucket.test_iam_permissions(["storage.objects.get", "storage.objects.list"]) == [
        "storage.objects.get",
        "storage.objects.list",
    ]
    bucket.labels = {"k": "v"}
    bucket.patch()
    assert client.get_bucket(BUCKET).labels == {"k": "v"}
