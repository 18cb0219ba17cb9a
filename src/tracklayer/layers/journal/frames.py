"""Frames: how records lie in a journal's file, one behind the other, each whole or told to be not.

A frame is, in little-endian order: the two bytes `MAGIC`, one byte of kind, a zero, the length of the payload in four
bytes, the payload, and in four bytes the CRC-32 of all that stands before it in the frame.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Literal, NamedTuple, TypeAlias
from zlib import crc32

from tracklayer.model import Model

MAGIC = b"\xf1\x6a"
HEAD = struct.Struct("<2sBxI")
#: Bytes of a frame beside its payload.
AROUND = HEAD.size + 4
#: The longest payload, in bytes: what claims more is no frame.
LONGEST = 1 << 28


class Kind(IntEnum):
    """What a record says: see `records.py`."""

    START = 1
    SHAPE = 2
    ROW = 3
    COLUMNS = 4
    BATCH = 5
    FILE = 6
    CAPTURED = 7
    LOST = 8
    END = 9


KINDS = frozenset(Kind)
#: Not a whole frame: more bytes may make it one (`cut`), or nothing will (`bad`).
Broken: TypeAlias = Literal["cut", "bad"]


class Frame(NamedTuple):
    """A whole frame: its kind, its payload, and where the next one begins."""

    kind: int
    payload: memoryview
    stop: int


def head(kind: int, length: int) -> int:
    """The first eight bytes of a frame as one number: what a frame of fixed length is packed with."""
    return int.from_bytes(HEAD.pack(MAGIC, kind, length), "little")


def frame(kind: int, payload: bytes) -> bytes:
    """A record as it lies in the file."""
    body = HEAD.pack(MAGIC, kind, len(payload)) + payload
    return body + crc32(body).to_bytes(4, "little")


def packed(kind: int, model: Model) -> bytes:
    """A record that is JSON, as it lies in the file."""
    return frame(kind, model.model_dump_json(exclude_defaults=True).encode())


def frame_at(data: memoryview, at: int) -> Frame | Broken:
    """The frame that begins at an index, or what is wrong there."""
    if len(data) - at < HEAD.size:
        return "cut" if MAGIC.startswith(bytes(data[at : at + len(MAGIC)])) else "bad"
    magic, kind, length = HEAD.unpack_from(data, at)
    if magic != MAGIC or kind not in KINDS or length > LONGEST:
        return "bad"
    stop = at + AROUND + length
    if stop > len(data):
        return "cut"
    if crc32(data[at : stop - 4]) != int.from_bytes(data[stop - 4 : stop], "little"):
        return "bad"
    return Frame(kind, data[at + HEAD.size : stop - 4], stop)


def next_frame(data: memoryview, at: int) -> int | None:
    """Where the first whole frame behind an index begins; None when there is none in `data`."""
    whole = bytes(data[at:])
    found = whole.find(MAGIC, 1)
    while found >= 0:
        if isinstance(frame_at(data, at + found), Frame):
            return at + found
        found = whole.find(MAGIC, found + 1)
    return None


def whole_from(data: memoryview, at: int, *, more: bool) -> tuple[Frame | None, int]:
    """The first whole frame from an index on, and the bytes before it that are none; no frame where none is whole.

    * `more`: the file goes on behind `data`, so a frame that is cut there is not damaged.
    """
    found = frame_at(data, at)
    if isinstance(found, Frame):
        return found, 0
    onward = None if found == "cut" and more else next_frame(data, at)
    if onward is None:
        return None, 0
    behind = frame_at(data, onward)
    return (behind, onward - at) if isinstance(behind, Frame) else (None, 0)
