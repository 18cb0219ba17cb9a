"""Frames: each whole, or told to be not."""

from __future__ import annotations

import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import fuzz

from tracklayer.layers.journal.frames import (
    AROUND,
    HEAD,
    LONGEST,
    MAGIC,
    Frame,
    Kind,
    frame,
    frame_at,
    head,
    next_frame,
    whole_from,
)

PAYLOADS = st.binary(max_size=200)
ANY = st.sampled_from(list(Kind))


def view(*parts: bytes) -> memoryview:
    return memoryview(b"".join(parts))


def test_the_layout_is_the_documented_one() -> None:
    body = b"\xf1\x6a" + bytes([5, 0]) + (2).to_bytes(4, "little") + b"{}"
    assert frame(Kind.BATCH, b"{}") == body + crc32(body).to_bytes(4, "little")
    assert len(frame(Kind.BATCH, b"{}")) == AROUND + 2
    assert struct.pack("<Q", head(Kind.BATCH, 2)) == body[:8]


@fuzz(100)
@given(st.lists(st.tuples(ANY, PAYLOADS), max_size=6))
def test_what_is_written_is_read(records: list[tuple[Kind, bytes]]) -> None:
    data, at, found = view(*(frame(kind, payload) for kind, payload in records)), 0, []
    while at < len(data):
        one = frame_at(data, at)
        assert isinstance(one, Frame)
        found.append((one.kind, bytes(one.payload)))
        at = one.stop
    assert found == records


@fuzz(50)
@given(ANY, PAYLOADS)
def test_a_part_of_a_frame_is_cut(kind: Kind, payload: bytes) -> None:
    whole = frame(kind, payload)
    assert {frame_at(view(whole[:length]), 0) for length in range(len(whole))} == {"cut"}


@fuzz(100)
@given(ANY, PAYLOADS, st.data())
def test_no_flipped_bit_is_overlooked(kind: Kind, payload: bytes, data: st.DataObject) -> None:
    whole = bytearray(frame(kind, payload))
    bit = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    assert not isinstance(frame_at(view(bytes(whole)), 0), Frame)


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0" * 50,
        b"\x6a\xf1",
        b"\xf1\x6b" + b"\0" * 20,
        HEAD.pack(MAGIC, 0, 0) + b"\0" * 4,
        HEAD.pack(MAGIC, max(Kind) + 1, 0) + crc32(HEAD.pack(MAGIC, max(Kind) + 1, 0)).to_bytes(4, "little"),
        HEAD.pack(MAGIC, Kind.ROW, LONGEST + 1),
        HEAD.pack(MAGIC, Kind.ROW, 2**32 - 1),
        HEAD.pack(MAGIC, Kind.ROW, 0) + b"\0" * 4,
    ],
)
def test_what_can_become_no_frame_is_bad(data: bytes) -> None:
    assert frame_at(memoryview(data), 0) == "bad"


def test_the_longest_payload_may_still_come() -> None:
    assert frame_at(view(HEAD.pack(MAGIC, Kind.ROW, LONGEST)), 0) == "cut"


def test_nothing_is_at_the_end() -> None:
    whole = frame(Kind.LOST, b"x")
    assert frame_at(view(whole), len(whole)) == "cut"
    assert next_frame(view(whole), len(whole)) is None
    assert whole_from(view(), 0, more=False) == (None, 0)


@fuzz(100)
@given(st.binary(min_size=1, max_size=60), PAYLOADS, st.booleans())
def test_the_next_frame_is_found_behind_anything(garbage: bytes, payload: bytes, magic: bool) -> None:
    before = garbage + (MAGIC if magic else b"")
    data = view(before, frame(Kind.LOST, payload))
    assert next_frame(data, 0) == len(before)
    found, skipped = whole_from(data, 0, more=False)
    assert isinstance(found, Frame)
    assert (bytes(found.payload), skipped) == (payload, len(before))


def test_the_next_frame_is_behind_the_one_that_is_there() -> None:
    first, second = frame(Kind.LOST, b"first"), frame(Kind.LOST, b"second")
    assert next_frame(view(first, second), 0) == len(first)
    assert next_frame(view(first), 0) is None
    assert whole_from(view(first, second), 0, more=False)[1] == 0


def test_a_frame_that_is_cut_is_waited_for_where_the_file_goes_on() -> None:
    whole = frame(Kind.BATCH, b"x" * 100)
    torn = view(whole[:50], frame(Kind.LOST, b"y"))
    found, skipped = whole_from(torn, 0, more=False)
    assert isinstance(found, Frame)
    assert (found.kind, skipped) == (Kind.LOST, 50)
    assert whole_from(torn, 0, more=True) == (None, 0)


def test_damage_is_passed_over_where_the_file_goes_on() -> None:
    found, skipped = whole_from(view(b"\0" * 9, frame(Kind.LOST, b"y")), 0, more=True)
    assert isinstance(found, Frame)
    assert (found.kind, skipped) == (Kind.LOST, 9)
    assert whole_from(view(b"\0" * 9), 0, more=True) == (None, 0)
