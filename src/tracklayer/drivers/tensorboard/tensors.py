"""Tensors of one element, and of texts, out of their messages (tensorboard/compat/proto/tensor.proto)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from tracklayer.drivers import _protobuf as protobuf

#: Number of a field -> how one of its numbers is laid out: float_val, double_val.
FIXED = {5: "<f", 6: "<d"}
#: Fields of whole numbers: int_val, int64_val, bool_val, uint32_val, uint64_val.
WHOLE = frozenset({7, 10, 11, 16, 17})
#: Type -> how `tensor_content` is laid out (types.proto).
LAYOUTS: Mapping[int, str] = {
    1: "<f", 2: "<d", 3: "<i", 4: "<B", 5: "<h", 6: "<b", 9: "<q", 10: "<?", 17: "<H", 19: "<e", 22: "<I", 23: "<Q",
}  # fmt: skip
DTYPE, SHAPE, CONTENT, STRINGS, HALF = 1, 2, 4, 8, 13
_HALVES: Mapping[int, Callable[[int], float]] = {
    19: lambda bits: float(struct.unpack("<e", struct.pack("<H", bits))[0]),
    14: lambda bits: float(struct.unpack("<f", struct.pack("<I", bits << 16))[0]),  # bfloat16: the head of a float
}


def scalar(data: bytes) -> float | None:
    """The number in a tensor that holds one; None for any other."""
    given = _given(data)
    kind = given.get(DTYPE, 0)
    for field, layout in FIXED.items():
        if field in given:
            return _one(given[field], layout)
    whole = next((given[field] for field in WHOLE if field in given), None)
    if whole is not None:
        number = _number(whole)
        return None if number is None else float(protobuf.signed(number))
    if HALF in given and kind in _HALVES:
        bits = _number(given[HALF])
        return None if bits is None else _HALVES[kind](bits)
    return _one(given[CONTENT], LAYOUTS[kind]) if CONTENT in given and kind in LAYOUTS else None


def texts(data: bytes) -> list[str]:
    """The texts in a tensor."""
    return [protobuf.text(value) for field, value in protobuf.fields(data) if field == STRINGS]


def _given(data: bytes) -> dict[int, Any]:
    return dict(protobuf.fields(data))


def _one(data: Any, layout: str) -> float | None:
    if not isinstance(data, bytes) or len(data) != struct.calcsize(layout):
        return None
    return float(struct.unpack(layout, data)[0])


def _number(given: Any) -> int | None:
    """A whole number, by itself or as the only one of a packed list."""
    if isinstance(given, int):
        return given
    numbers = protobuf.packed(given)
    return numbers[0] if len(numbers) == 1 else None
