"""Lists of objects: prefix, delimiter, offsets, pages. https://cloud.google.com/storage/docs/json_api/v1/objects/list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.gcs.errors import GcsError, invalid
from tracklayer.emulators.gcs.store import Bucket

#: "The recommended upper value for maxResults is 1000 objects in a single response", and the service gives no more.
PAGE = 1000


def listed(bucket: Bucket, asked: Mapping[str, str], base: str) -> dict[str, Any]:
    """One page: objects and prefixes by name."""
    if asked.get("matchGlob"):
        raise GcsError(501, "notImplemented", "tracklayer's emulator has no matchGlob.")
    size = _size(asked.get("maxResults"))
    found = _found(bucket, asked)
    after = _opened(asked.get("pageToken", ""))
    if after is not None:
        found = [one for one in found if one[0] > after]
    page, more = found[:size], len(found) > size
    items = [bucket.blobs[name].described(base) for name, is_prefix in page if not is_prefix]
    prefixes = [name for name, is_prefix in page if is_prefix]
    answer: dict[str, Any] = {"kind": "storage#objects"}
    if more:
        answer["nextPageToken"] = base64.urlsafe_b64encode(page[-1][0].encode()).decode()
    return answer | ({"items": items} if items else {}) | ({"prefixes": prefixes} if prefixes else {})


def _found(bucket: Bucket, asked: Mapping[str, str]) -> list[tuple[str, bool]]:
    """(name, whether it is a prefix), by name."""
    prefix, delimiter = asked.get("prefix", ""), asked.get("delimiter", "")
    start, end = asked.get("startOffset", ""), asked.get("endOffset")
    found: dict[tuple[str, bool], None] = {}
    for name in bucket.blobs:
        if not name.startswith(prefix) or name < start or (end is not None and name >= end):
            continue
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            found[name, False] = None
            continue
        head = name[: cut + len(delimiter)]
        found[head, True] = None
        if head == name and asked.get("includeTrailingDelimiter", "").lower() == "true":
            found[name, False] = None
    return sorted(found, key=lambda one: (one[0].encode(), one[1]))


def _size(asked: str | None) -> int:
    if asked is None:
        return PAGE
    if not asked.isdecimal() or int(asked) < 1:
        raise invalid(f"Invalid value for maxResults: {asked}")
    return min(int(asked), PAGE)


def _opened(token: str) -> str | None:
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True).decode() if token else None
    except (binascii.Error, UnicodeError):
        raise invalid("Invalid page token.") from None
