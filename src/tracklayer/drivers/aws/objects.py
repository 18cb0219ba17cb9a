"""Files in S3, as streams.

* Keys are S3's own text: they are never turned into paths of this machine here.
* A file of any size takes a fixed amount of memory, be its stream seekable or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from itertools import islice
from typing import Any, BinaryIO, cast

from tracklayer.drivers._streams import Whole, filled, left
from tracklayer.drivers.aws.download import Download
from tracklayer.drivers.aws.session import Aws
from tracklayer.errors import NotFound, PermissionDenied, Rejected

#: Bytes of one part, and from how many on a file goes in parts; bytes a read takes at once.
PART, BLOCK = 8 * 2**20, 2**20
#: Parts that are sent at once; as many more may wait in memory.
AT_ONCE = 4
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MOST_PARTS = 10_000
#: Keys that one DeleteObjects takes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
MOST_DELETED = 1_000
#: Where a bucket is made without saying so.
FIRST_REGION = "us-east-1"


@dataclass(frozen=True)
class Stored:
    """A file that is there. `size` in bytes; `etag` with its quotes, as S3 writes it."""

    key: str
    size: int
    etag: str = ""


@dataclass(frozen=True)
class Listing:
    """One page: files, folders (with their `/`), and where the next page begins; `after` is None at the end."""

    objects: tuple[Stored, ...]
    folders: tuple[str, ...] = ()
    after: str | None = None


class Objects:
    """The buckets that one set of credentials reaches. Errors are ours."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def put(self, bucket: str, key: str, stream: BinaryIO, media_type: str | None = None) -> None:
        """Store what is left of a stream under a key, in parts if it is large. What was there is replaced."""
        extra = {} if media_type is None else {"ContentType": media_type}
        length = left(stream)
        head = filled(stream, PART)
        with self._aws.translating("PutObject"):
            client = self._aws.client("s3")
            if len(head) < PART:
                client.put_object(Bucket=bucket, Key=key, Body=head, **extra)
            else:
                whole = Whole(head, stream)
                client.upload_fileobj(whole, bucket, key, ExtraArgs=extra, Config=_in_parts(length))

    def open(self, bucket: str, key: str) -> BinaryIO:
        """A file as a stream, which goes on where it was when the connection breaks. `NotFound`."""
        with self._aws.translating("GetObject"):
            answer = self._aws.client("s3").get_object(Bucket=bucket, Key=key)
        return cast("BinaryIO", BufferedReader(Download(self._aws, bucket, key, answer), BLOCK))

    def list(self, bucket: str, prefix: str, after: str | None = None, delimiter: str | None = None) -> Listing:
        """Up to 1,000 files whose keys begin with the prefix, in the order of their keys' bytes.

        * `delimiter`: what ends a folder, `/`: keys that hold it after the prefix are given as folders, once each.
        * `after`: a page's `after`; S3's own token.
        """
        asked = {"Delimiter": delimiter, "ContinuationToken": after}
        with self._aws.translating("ListObjectsV2"):
            answer = self._aws.client("s3").list_objects_v2(
                Bucket=bucket, Prefix=prefix, **{name: text for name, text in asked.items() if text is not None}
            )
        return Listing(
            tuple(Stored(one["Key"], one["Size"], one.get("ETag", "")) for one in answer.get("Contents", ())),
            tuple(one["Prefix"] for one in answer.get("CommonPrefixes", ())),
            answer.get("NextContinuationToken") if answer.get("IsTruncated") else None,
        )

    def every(self, bucket: str, prefix: str) -> Iterator[Stored]:
        """All files whose keys begin with the prefix, page by page."""
        after: str | None = None
        while True:
            page = self.list(bucket, prefix, after)
            yield from page.objects
            after = page.after
            if after is None:
                return

    def head(self, bucket: str, key: str) -> Stored | None:
        """What is known of a file; None when it is not there, or its bucket is not."""
        try:
            with self._aws.translating("HeadObject"):
                answer = self._aws.client("s3").head_object(Bucket=bucket, Key=key)
        except NotFound:
            return None
        return Stored(key, answer["ContentLength"], answer.get("ETag", ""))

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        """Delete files. One that is not there is as good as deleted."""
        left = iter(keys)
        while some := list(islice(left, MOST_DELETED)):
            with self._aws.translating("DeleteObjects"):
                answer = self._aws.client("s3").delete_objects(
                    Bucket=bucket, Delete={"Objects": [{"Key": key} for key in some], "Quiet": True}
                )
            self._refuse(answer.get("Errors") or ())

    def delete_below(self, bucket: str, prefix: str) -> None:
        """Delete all files whose keys begin with the prefix."""
        self.delete(bucket, (stored.key for stored in self.every(bucket, prefix)))

    def ensure_bucket(self, bucket: str) -> None:
        """Make the bucket if it is not there, as the official SDK makes its default one.

        `PermissionDenied` when somebody else has it: a default bucket's name can be guessed, so its owner is asked for.
        """
        account = self._aws.account()
        client = self._aws.client("s3")
        try:
            with self._aws.translating("HeadBucket"):
                client.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
        except PermissionDenied as error:
            message = f"the bucket {bucket!r} is not yours, or you may not look at it: name another one in the URL"
            raise PermissionDenied(message, provider=error.provider, operation="HeadBucket") from error
        except NotFound:
            self._make(client, bucket)

    def _make(self, client: Any, bucket: str) -> None:
        region = self._aws.region
        where = {} if region == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        with self._aws.translating("CreateBucket"):
            try:
                client.create_bucket(Bucket=bucket, **where)
            except client.exceptions.BucketAlreadyOwnedByYou:  # another process was faster
                return

    def _refuse(self, errors: Iterable[Mapping[str, str]]) -> None:
        """A refusal inside an answer of 200."""
        for error in errors:
            code = error.get("Code", "")
            kind = PermissionDenied if code == "AccessDenied" else Rejected
            message = f"{error.get('Key')!r}: {error.get('Message') or code} ({code})"
            raise kind(message, provider=self._aws.provider, operation="DeleteObjects")


def _in_parts(length: int | None) -> Any:
    """How the SDK is to send a stream of so many bytes: no more parts than S3 takes, and few in memory."""
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 -- late

    size = PART if length is None else max(PART, -(-length // MOST_PARTS))
    config = TransferConfig(multipart_threshold=PART, multipart_chunksize=size, max_concurrency=AT_ONCE)
    config.max_in_memory_upload_chunks = AT_ONCE
    return config
