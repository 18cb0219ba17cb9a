"""Buckets by the JSON API: made, read, listed, changed, deleted, and who may what."""

from __future__ import annotations

from tracklayer.emulators.gcs.errors import GcsError
from tracklayer.emulators.gcs.objects import Given
from tracklayer.emulators.gcs.routes import Route
from tracklayer.emulators.gcs.store import Content, Described, Store


def _insert(store: Store, way: Route, given: Given) -> Described:
    if not way.query.get("project"):
        raise GcsError(400, "required", "Required parameter: project")
    return store.make_bucket(str(given.get("name", "")), store.numbered(way.query["project"]), given)


def _get(store: Store, way: Route, _given: Given) -> Described:
    return store.bucket(way.bucket)


def _patch(store: Store, way: Route, given: Given) -> Described:
    bucket = store.bucket(way.bucket)
    bucket.set |= given
    bucket.metageneration += 1
    return bucket


def _list(store: Store, way: Route, _given: Given) -> Described:
    prefix, owner = way.query.get("prefix", ""), store.numbered(way.query.get("project", ""))
    named = [store.buckets[name] for name in sorted(store.buckets) if name.startswith(prefix)]
    found = [bucket for bucket in named if bucket.owner == owner]
    return Content(lambda base: {"kind": "storage#buckets", "items": [one.described(base) for one in found]})


def _delete(store: Store, way: Route, _given: Given) -> None:
    if store.bucket(way.bucket).blobs:
        raise GcsError(409, "conflict", "The bucket you tried to delete is not empty.")
    del store.buckets[way.bucket]


def _policy(store: Store, way: Route, given: Given) -> Described:
    bucket = store.bucket(way.bucket)
    if way.operation == "buckets.setIamPolicy":
        bucket.policy = {**given, "etag": "CAE="}
    about = {"kind": "storage#policy", "resourceId": f"projects/_/buckets/{way.bucket}", **bucket.policy}
    return Content(lambda _base: about)


def _permissions(store: Store, way: Route, _given: Given) -> Described:
    """All that are asked for: who comes in may do everything."""
    store.bucket(way.bucket)
    about = {"kind": "storage#testIamPermissionsResponse", "permissions": list(way.permissions)}
    return Content(lambda _base: about)


HANDLERS = {
    "buckets.insert": _insert,
    "buckets.get": _get,
    "buckets.patch": _patch,
    "buckets.list": _list,
    "buckets.delete": _delete,
    "buckets.getIamPolicy": _policy,
    "buckets.setIamPolicy": _policy,
    "buckets.testIamPermissions": _permissions,
}
