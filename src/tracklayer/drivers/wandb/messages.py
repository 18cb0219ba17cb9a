"""The messages of W&B's record that a run is made of, by the numbers of wandb/proto/wandb_internal.proto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tracklayer.drivers import _protobuf as protobuf

#: Record: which message it holds.
HISTORY, SUMMARY, CONFIG, STATS, RUN, EXIT, ENVIRONMENT = 2, 3, 5, 7, 17, 18, 26
#: ConfigRecord, SummaryRecord: `update` and `remove`. HistoryRecord: `item` and `step`.
UPDATE, REMOVE = 1, 2
ITEM, STEP = 1, 2
#: An item: its key, or the parts of one; and its value, as JSON or, in a history since 0.2x, by its type.
KEY, NESTED, NONE, BOOLEAN, INTEGER, NUMBER, TEXT, JSON, VALUE = 1, 2, 3, 4, 5, 6, 7, 8, 16


def items(data: bytes, field: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Keys, in their parts, and values of the items of a message. ValueError for what is no JSON."""
    for number, item in protobuf.fields(data):
        if number == field:
            yield _item(item)


def _item(data: bytes) -> tuple[tuple[str, ...], Any]:
    nested: list[str] = []
    value: Any = None
    for field, given in protobuf.fields(data):
        if field in {KEY, NESTED}:
            nested.append(protobuf.text(given))
        elif field in {VALUE, JSON}:
            value = json.loads(given)
        elif field == NUMBER:
            value = protobuf.double(given)
        elif field == INTEGER:
            value = protobuf.unfolded(given)
        elif field == BOOLEAN:
            value = bool(given)
        elif field == TEXT:
            value = protobuf.text(given)
    return tuple(nested), value


def first(data: bytes, field: int) -> Any:
    """The first value of a field; None where it is missing."""
    return next((value for number, value in protobuf.fields(data) if number == field), None)


def word(data: bytes, field: int) -> str:
    """The text of a field; empty where it is missing."""
    found = first(data, field)
    return protobuf.text(found) if isinstance(found, bytes) else ""


def words(data: bytes, field: int) -> list[str]:
    """The texts of a field that may be there several times."""
    return [protobuf.text(value) for number, value in protobuf.fields(data) if number == field]


def instant(data: bytes | None) -> int | None:
    """A google.protobuf.Timestamp as nanoseconds since 1970; None for none, and for what 64 bits do not hold."""
    if not isinstance(data, bytes):
        return None
    given = dict(protobuf.fields(data))
    time = protobuf.signed(given.get(1, 0)) * 1_000_000_000 + int(given.get(2, 0))
    return time if -(2**63) <= time < 2**63 else None
