from __future__ import annotations

import hashlib
from io import BufferedReader, BytesIO

import pytest

from tracklayer.drivers._streams import filled
from tracklayer.drivers.google.streams import Digested, Download


class Slow(BytesIO):
    """Gives three bytes at a time, as a pipe may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3 if size is None or size < 0 else min(3, size))


@pytest.mark.parametrize("size", [0, 1, 3, 4, 10, 11, 100])
def test_so_many_bytes_or_as_many_as_there_are(size: int) -> None:
    assert filled(Slow(b"0123456789"), size) == b"0123456789"[:size]


@pytest.mark.parametrize("part", [1, 2, 5, 7, 20])
def test_a_stream_goes_on_behind_its_head_and_is_digested(part: int) -> None:
    data = bytes(range(20))
    stream = Slow(data)
    rest = Digested(filled(stream, 5), stream)
    read, tells = b"", []
    while block := rest.read(part):
        read += block
        tells.append(rest.tell())
    assert read == data
    assert tells[-1] == 20
    assert rest.sha256.hexdigest() == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("block", [1, 4, 100])
def test_a_file_is_read_in_ranges(block: int) -> None:
    data, asked = bytes(range(10)), []

    def part(start: int, size: int) -> bytes:
        asked.append((start, size))
        return data[start : start + size]

    with BufferedReader(Download(part, len(data)), block) as stream:
        assert stream.read() == data
    assert sum(size for _, size in asked) == 10
