"""The one number in a tensor, however it is laid out (tensorboard/compat/proto/tensor.proto)."""

from __future__ import annotations

import struct

import pytest

from tracklayer.drivers.tensorboard.tensors import scalar, texts


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (b"\x08\x01\x2d" + struct.pack("<f", 0.5), 0.5),
        (b"\x08\x02\x32\x08" + struct.pack("<d", 0.1), 0.1),
        (b"\x08\x09\x50" + b"\xff" * 9 + b"\x01", -1.0),
        (b"\x08\x03\x3a\x01\x07", 7.0),
        (b"\x08\x0a\x5a\x01\x01", 1.0),
        (b"\x08\x13\x6a\x02\x80\x78", 1.0),
        (b"\x08\x0e\x6a\x03\x80\xff\x00", struct.unpack("<f", b"\0\0\x80\x3f")[0]),
        (b"\x08\x03\x22\x04" + struct.pack("<i", -5), -5.0),
        (b"\x08\x13\x22\x02" + struct.pack("<e", 1.5), 1.5),
        (b"\x08\x03\x3a\x02\x07\x08", None),
        (b"\x08\x02\x32\x10" + bytes(16), None),
        (b"\x08\x01\x22\x08" + bytes(8), None),
        (b"\x08\x07\x42\x01x", None),
        (b"", None),
    ],
    ids=[
        "float", "packed double", "int64", "packed int32", "bool", "half", "bfloat16", "int32 as bytes",
        "half as bytes", "two", "two doubles", "two floats as bytes", "a text", "nothing",
    ],
)  # fmt: skip
def test_the_number_of_a_tensor_that_holds_one(data: bytes, number: float | None) -> None:
    assert scalar(data) == number


def test_the_texts_of_a_tensor() -> None:
    assert texts(b"\x08\x07\x42\x01x\x42\x03\xc3\xb6!\x42\x01\xff") == ["x", "ö!", "\ufffd"]
