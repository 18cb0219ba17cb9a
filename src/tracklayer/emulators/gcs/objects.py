"""Objects by the JSON API: read, listed, changed, copied, composed, deleted.

* An operation is a function `(store, route, body) -> answer`: something that describes itself, or None for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from tracklayer.emulators.gcs.errors import invalid
from tracklayer.emulators.gcs.listing import listed
from tracklayer.emulators.gcs.routes import Route
from tracklayer.emulators.gcs.store import SETTABLE, Blob, Content, Described, Store, check

#: "You can compose between 1 and 32 objects". https://cloud.google.com/storage/docs/composite-objects
COMPOSED = 32

Given: TypeAlias = Mapping[str, Any]


def _get(store: Store, way: Route, _given: Given) -> Described:
    return store.blob(way.bucket, way.name, way.query)


def _list(store: Store, way: Route, _given: Given) -> Described:
    bucket = store.bucket(way.bucket)
    return Content(lambda base: listed(bucket, way.query, base))


def _held(store: Store, way: Route) -> Blob:
    """The object that is to be changed: preconditions that fail are 412, whichever they are."""
    blob = store.blob(way.bucket, way.name, {key: way.query[key] for key in way.query if key == "generation"})
    check(blob, way.query, reading=False)
    return blob


def delete(store: Store, way: Route, _given: Given) -> None:
    """It is gone."""
    del store.buckets[way.bucket].blobs[_held(store, way).name]


def _patch(store: Store, way: Route, given: Given) -> Described:
    blob = _held(store, way)
    if way.operation == "objects.update":
        blob.set = {}
    for key in SETTABLE:
        if key == "metadata" and isinstance(given.get(key), dict):
            merged = {**blob.set.get("metadata", {}), **given["metadata"]}
            blob.set["metadata"] = {name: value for name, value in merged.items() if value is not None}
        elif key in given:
            blob.set[key] = given[key]
    blob.set = {key: value for key, value in blob.set.items() if value is not None}
    blob.metageneration += 1
    blob.updated = store.clock()
    return blob


def _copy(store: Store, way: Route, given: Given) -> Blob:
    generation = way.query.get("sourceGeneration")
    found = store.blob(way.bucket, way.name, {} if generation is None else {"generation": generation})
    check(found, way.query, reading=False, prefix="ifSource")
    settings = {**found.set, **{key: given[key] for key in SETTABLE if key in given}}
    return store.put(*way.to, found.content, settings, way.query)


def _rewrite(store: Store, way: Route, given: Given) -> Described:
    blob = _copy(store, way, given)
    size = str(len(blob.content))
    about = {"kind": "storage#rewriteResponse", "totalBytesRewritten": size, "objectSize": size, "done": True}
    return Content(lambda base: {**about, "resource": blob.described(base)})


def _compose(store: Store, way: Route, given: Given) -> Described:
    sources = given.get("sourceObjects", [])
    if not 1 <= len(sources) <= COMPOSED:
        raise invalid(f"The number of source components provided ({len(sources)}) exceeds the maximum ({COMPOSED})")
    parts = [store.blob(way.bucket, str(one.get("name")), {}) for one in sources]
    content = b"".join(part.content for part in parts)
    blob = store.put(way.bucket, way.name, content, given.get("destination", {}), way.query)
    blob.components = sum(part.components or 1 for part in parts)
    return blob


HANDLERS = {
    "objects.get": _get,
    "objects.list": _list,
    "objects.delete": delete,
    "objects.patch": _patch,
    "objects.update": _patch,
    "objects.copy": _copy,
    "objects.rewrite": _rewrite,
    "objects.compose": _compose,
}
