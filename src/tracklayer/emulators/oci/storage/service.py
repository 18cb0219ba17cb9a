"""The service: namespaces and buckets, and the operations on what a bucket holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tracklayer.emulators.oci.errors import OciError, answered, no_operation
from tracklayer.emulators.oci.knobs import Knobs
from tracklayer.emulators.oci.names import Tenancy
from tracklayer.emulators.oci.storage import listing, objects, routes, uploads
from tracklayer.emulators.oci.storage.routes import Route
from tracklayer.emulators.oci.storage.store import Bucket, Store
from tracklayer.emulators.serving import Request, Response

Operation: TypeAlias = Callable[[Store, Route, Request, Bucket], Response]

_IN_BUCKET: Mapping[str, Operation] = {
    "ListObjects": listing.listed,
    "GetObject": objects.get,
    "HeadObject": objects.get,
    "PutObject": objects.put,
    "DeleteObject": objects.delete,
    "CreateMultipartUpload": uploads.create,
    "UploadPart": uploads.put,
    "CommitMultipartUpload": uploads.commit,
    "ListMultipartUploadParts": uploads.parts,
    "ListMultipartUploads": uploads.listed,
    "AbortMultipartUpload": uploads.abort,
}


class Storage:
    """Object Storage, for callers that somebody else has admitted.

    * `takes(request)`: whether a request is for it; `named`, `respond`: as an `Emulator` asks its service.
    * `store`: what it holds, for tests that look or set behind its back.
    """

    def __init__(self, knobs: Callable[[], Knobs], clock: Callable[[], float]) -> None:
        self._knobs, self._clock = knobs, clock
        self.forget()

    def forget(self) -> None:
        """Drop all that it holds."""
        self.store = Store(self._knobs, self._clock)

    def takes(self, request: Request) -> bool:
        """Whether a request is for Object Storage."""
        return routes.takes(request)

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        return "objectstorage", routes.route(request).operation

    def respond(self, request: Request, tenancy: Tenancy) -> Response:
        """The answer to a caller of that tenancy. Raises `OciError`."""
        way = routes.route(request)
        with self.store.lock:
            if way.operation in _IN_BUCKET:
                bucket = self.store.bucket(tenancy, way.region, way.namespace, way.bucket)
                return _IN_BUCKET[way.operation](self.store, way, request, bucket)
            return self._above(way, request, tenancy)

    def _above(self, way: Route, request: Request, tenancy: Tenancy) -> Response:
        if way.operation == "GetNamespace":
            return answered(tenancy.namespace)
        if way.operation == "unknown":
            raise no_operation()
        if way.operation in {"GetBucket", "HeadBucket", "DeleteBucket"}:
            bucket = self.store.bucket(tenancy, way.region, way.namespace, way.bucket)
            if way.operation == "DeleteBucket":
                self.store.drop_bucket(bucket, way.region)
                return Response(204)
            return answered(bucket.described(), {"ETag": bucket.etag})
        if way.namespace != tenancy.namespace:
            message = f"You do not have authorization to perform this request, or '{way.namespace}' could not be found."
            raise OciError(404, "NamespaceNotFound", message)
        if way.operation == "GetNamespaceMetadata":
            compartment = tenancy.compartment
            kinds = ("defaultS3CompartmentId", "defaultSwiftCompartmentId")
            return answered({"namespace": tenancy.namespace, **dict.fromkeys(kinds, compartment)})
        if way.operation == "ListBuckets":
            return uploads.paged([one.summary() for one in self.store.buckets(tenancy, way.region)], way)
        given = uploads.read(request)
        made = self.store.make_bucket(tenancy, way.region, str(given.get("name") or ""), given)
        return answered(made.described(), {"ETag": made.etag})
