"""What moto does well, asked in-process: S3, STS, and the calls of SageMaker that we do not have ourselves.

* moto keeps its state once a process. Each emulator has its own, which is put in its place for each request.
* moto is asked in the words of its mock mode (a request to the real host), which needs none of its server's packages.
* Virtual-hosted requests to S3 arrive here path-style; `aws-chunked` bodies as they came.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from tracklayer.emulators.serving import Request, Response

#: moto's account, and so the emulators'. https://docs.getmoto.org/en/latest/docs/multi_account.html
ACCOUNT = "123456789012"
_lock = threading.Lock()


class Backing:
    """moto, with the state of one emulator."""

    def __init__(self) -> None:
        self._state: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, Any] = {}  # bucket -> whose it is

    def asked(self, service: str, region: str, request: Request, path: str | None = None) -> Response:
        """What moto answers. `service`: `s3`, `sts` or `sagemaker`. `path`: instead of the request's own, for S3."""
        from botocore.awsrequest import AWSPreparedRequest  # noqa: PLC0415 -- late: an SDK
        from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415 -- late: moto takes half a second

        host = f"{'api.' if service == 'sagemaker' else ''}{service}.{region}.amazonaws.com"
        url = f"https://{host}{request.path if path is None else path}{'?' if request.query else ''}{request.query}"
        left_out = {"host", "transfer-encoding", "expect"}
        headers = {name: value for name, value in request.headers.items() if name not in left_out}
        headers["content-length"] = str(len(request.body))
        prepared = AWSPreparedRequest(request.method, url, {**headers, "host": host}, request.body, False)
        with self._in_place(service):
            answer = BotocoreStubber().process_request(prepared)
        if answer is None:
            return Response(404, code="NotFound")
        status, given, body = answer
        return Response(int(status), _bytes(body), {str(name): str(value) for name, value in given.items()})

    def forget(self) -> None:
        """Forget all buckets and jobs, with all that is in them."""
        with _lock:
            for account in self._state.pop("s3", {}).values():
                for bucket in (bucket for backend in account.values() for bucket in backend.buckets.values()):
                    for key in _held(bucket):
                        key.dispose()
            self._state, self._owners = {}, {}

    @contextmanager
    def _in_place(self, service: str) -> Iterator[None]:
        """Let moto have this emulator's state of a service; one at a time, since moto is not made for threads."""
        with _lock:
            backends = _backends(service)
            if backends is None:
                yield
                return
            backends.clear()
            backends.update(self._state.get(service, {}))
            if service == "s3":
                backends.bucket_accounts = self._owners
            try:
                yield
            finally:
                self._state[service] = dict(backends)


def _backends(service: str) -> Any:
    """Where moto keeps the state of a service; None for one that has none."""
    if service == "s3":
        from moto.s3.models import s3_backends  # noqa: PLC0415 -- late: moto

        return s3_backends
    if service == "sagemaker":
        from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415 -- late: moto

        return sagemaker_backends
    return None


def _held(bucket: Any) -> list[Any]:
    """What of a bucket holds files open: its keys, all their versions, and the parts of unfinished uploads."""
    keys = [key for name in bucket.keys for key in bucket.keys.getlist(name)]
    return [*keys, *(part for upload in bucket.multiparts.values() for part in upload.parts.values())]


def _bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else b"".join(body)


#: What a query part says of the operation. In the order in which S3 looks for them.
_SUBRESOURCES = (
    "acl", "cors", "encryption", "lifecycle", "location", "logging", "notification", "object-lock", "policy",
    "tagging", "versioning", "website", "publicAccessBlock", "ownershipControls", "attributes",
)  # fmt: skip
_VERBS = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete", "POST": "Post"}


def s3_operation(method: str, bucket: str, key: str, query: str, headers: Mapping[str, str]) -> str:
    """The name that S3 gives to a request (`PutObject`, `ListObjectsV2`)."""
    asked_for = {part.partition("=")[0]: unquote(part.partition("=")[2]) for part in query.split("&") if part}
    if not bucket:
        return "ListBuckets"
    noun, verb = "Object" if key else "Bucket", _VERBS.get(method, method)
    if "versions" in asked_for:
        return "ListObjectVersions"
    found = next((name for name in _SUBRESOURCES if name in asked_for), None)
    if found is not None:
        return verb + noun + "".join(part[:1].upper() + part[1:] for part in found.split("-"))
    if not key:
        listing = "ListObjectsV2" if asked_for.get("list-type") == "2" else "ListObjects"
        names = {"GET": listing, "PUT": "CreateBucket", "POST": "DeleteObjects"}
        return "ListMultipartUploads" if "uploads" in asked_for else names.get(method, verb + noun)
    copies = "x-amz-copy-source" in headers
    names = {"PUT": "CopyObject"} if copies else {}
    if "uploads" in asked_for:
        names = {"POST": "CreateMultipartUpload"}
    elif "uploadId" in asked_for:
        part = "UploadPartCopy" if copies else "UploadPart"
        names = {"PUT": part, "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload", "GET": "ListParts"}
    return names.get(method, verb + noun)
