"""Messages of Protocol Buffers, read by the numbers of their fields.

For the files of tools whose own packages are large: what a field's number means never changes once it is published
(https://protobuf.dev/programming-guides/encoding/). What is not asked for is skipped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, TypeAlias

#: A number, or bytes: a text, a message, or 4 or 8 bytes of a fixed number.
Field: TypeAlias = "int | bytes"

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
#: The most bytes of a number.
LONGEST = 10


class Malformed(Exception):
    """The bytes are no message."""


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Each field of a message, in the order of the bytes: its number and its value. `Malformed`."""
    at, end = 0, len(data)
    while at < end:
        key = data[at]
        at += 1
        if key > 127:  # noqa: PLR2004 -- a number of several bytes
            key, at = _varint(data, at - 1)
        kind = key & 7
        if kind == BYTES:
            size = data[at] if at < end else 128
            at += 1
            if size > 127:  # noqa: PLR2004
                size, at = _varint(data, at - 1)
        elif kind == VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        elif kind in {EIGHT, FOUR}:
            size = 8 if kind == EIGHT else 4
        else:
            raise Malformed(f"a field of the kind {kind}")
        if at + size > end:
            raise Malformed("a field is longer than its message")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of any length, and where it ends."""
    number = shift = 0
    for byte in data[at : at + LONGEST]:
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:  # noqa: PLR2004 -- the last byte
            return number, at
        shift += 7
    raise Malformed("a number does not end")


def packed(data: bytes) -> list[int]:
    """The numbers of a packed list. `Malformed`."""
    numbers, at = [], 0
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers


def signed(number: int) -> int:
    """An int64 as it was before it was written."""
    number &= 2**64 - 1
    return number - 2**64 if number >= 2**63 else number


def unfolded(number: int) -> int:
    """A sint64 as it was before it was written: signs alternate."""
    return (number >> 1) ^ -(number & 1)


def double(data: bytes) -> float:
    """8 bytes as a double."""
    value: float = struct.unpack("<d", data)[0]
    return value


def text(data: bytes) -> str:
    """Bytes as a text; what is no UTF-8 is marked."""
    return data.decode(errors="replace")
