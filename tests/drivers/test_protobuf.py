"""Messages read by the numbers of their fields, against Google's own library."""

from __future__ import annotations

import pytest
from google.protobuf import (  # type: ignore[import-untyped] # has no types
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.drivers._protobuf import Malformed, double, fields, packed, signed, text, unfolded


@given(st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(), st.binary())
def test_values_come_back_as_google_wrote_them(number: int, real: float, word: str, data: bytes) -> None:
    whole = dict(fields(wrappers_pb2.Int64Value(value=number).SerializeToString()))
    assert signed(whole.get(1, 0)) == number
    floating = dict(fields(wrappers_pb2.DoubleValue(value=real).SerializeToString()))
    assert repr(double(floating.get(1, bytes(8)))) == repr(real) or 1 not in floating
    assert text(dict(fields(wrappers_pb2.StringValue(value=word).SerializeToString())).get(1, b"")) == word
    assert dict(fields(wrappers_pb2.BytesValue(value=data).SerializeToString())).get(1, b"") == data
    moment = timestamp_pb2.Timestamp(seconds=number, nanos=7).SerializeToString()
    assert signed(dict(fields(moment)).get(1, 0)) == number
    assert (
        len(list(fields(struct_pb2.ListValue(values=[struct_pb2.Value(string_value=word)] * 3).SerializeToString())))
        == 3
    )


@given(st.integers(-(2**62), 2**62))
def test_signs_that_alternate_are_taken_apart(number: int) -> None:
    assert unfolded((number << 1) ^ (number >> 63)) == number


@given(st.lists(st.integers(0, 2**64 - 1), max_size=5))
def test_packed_numbers_come_back(numbers: list[int]) -> None:
    data = b"".join(wrappers_pb2.UInt64Value(value=one).SerializeToString()[1:] or b"\0" for one in numbers)
    assert packed(data) == numbers


@given(st.binary(max_size=50))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        found = list(fields(data))
    except Malformed:
        return
    assert sum(len(value) for _, value in found if isinstance(value, bytes)) <= len(data)


@pytest.mark.parametrize("data", [b"\x0a", b"\x0a\x05abc", b"\x09abc", b"\x08", b"\x08" + b"\xff" * 10, b"\x0c"])
def test_what_ends_too_early_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(fields(data))
