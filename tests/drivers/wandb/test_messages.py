"""The items of W&B's records: values as JSON, and, in newer histories, by their type."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest

from tracklayer.drivers.wandb import messages


@pytest.mark.parametrize(
    ("item", "value"),
    [
        (b"\x20\x01", True),
        (b"\x28\x05", -3),
        (b"\x31" + struct.pack("<d", 0.1), 0.1),
        (b"\x3a\x02\xc3\xb6", "ö"),
        (b'\x42\x07{"a":1}', {"a": 1}),
        (b"\x82\x01\x01" + b"2", 2),
        (b"\x18\x01", None),
    ],
    ids=["bool", "integer", "number", "text", "json", "old json", "none"],
)
def test_a_value_has_its_type(item: bytes, value: Any) -> None:
    data = b"\x12\x01a\x12\x01b" + item
    ((keys, found),) = messages.items(b"\x0a" + bytes([len(data)]) + data, messages.ITEM)
    assert keys == ("a", "b")
    assert (type(found), found) == (type(value), value)


def test_what_is_no_number_in_json_is_one_in_wandbs() -> None:
    data = b"\x0a\x01a\x82\x01\x03NaN"
    ((_, found),) = messages.items(b"\x0a" + bytes([len(data)]) + data, messages.UPDATE)
    assert math.isnan(found)


def test_a_moment_that_64_bits_do_not_hold_is_none() -> None:
    assert messages.instant(b"\x08\x02\x10\x03") == 2_000_000_003
    assert messages.instant(b"\x08" + b"\xff" * 8 + b"\x7f") is None
    assert messages.instant(None) is None
