"""Records of an event file: how TFRecord frames them, each with its sums.

The length (8 bytes), its masked CRC32C (4), the record, its masked CRC32C (4):
https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details. One record is held at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

#: Bytes of a record, at most: a larger one is no scalar, and is passed over unread.
MOST = 2**26
HEAD, SUM = 12, 4


class Damage:
    """What of a file could not be read: how many records, and at which byte the rest was given up, None if it was not.

    * `cut`: the file ends in the middle of a record: its writer died, or is at work.
    """

    def __init__(self) -> None:
        self.records = 0
        self.lost_from: int | None = None
        self.cut = False

    def __str__(self) -> str:
        parts = [f"{self.records} damaged records are left out"] if self.records else []
        parts += [] if self.lost_from is None else [f"it is damaged at byte {self.lost_from}: what follows is left out"]
        return "; ".join(parts + (["it ends in the middle of a record"] if self.cut else []))


def records(path: Path, damage: Damage) -> Iterator[bytes]:
    """The records of a file that are sound, in order."""
    crc = crc32c()
    with path.open("rb", buffering=2**20) as file:
        at = 0
        while head := file.read(HEAD):
            if len(head) < HEAD:
                damage.cut = True
                return
            size, given = struct.unpack("<QI", head)
            if _masked(crc(head[:8])) != given:
                damage.lost_from = at  # where the next record begins is not known
                return
            at += HEAD + size + SUM
            if size > MOST:
                file.seek(at)
                continue
            data, tail = file.read(size), file.read(SUM)
            if len(tail) < SUM:
                damage.cut = True
                return
            if _masked(crc(data)) == int.from_bytes(tail, "little"):
                yield data
            else:
                damage.records += 1


def _masked(crc: int) -> int:
    """A sum as TFRecord stores it: turned by 15 bits, with a constant added."""
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


@lru_cache(maxsize=1)
def crc32c() -> Callable[[bytes], int]:
    """The sum, by Google's own package. ModuleNotFoundError where that is missing."""
    import google_crc32c  # noqa: PLC0415 -- late: only this place needs it

    value: Callable[[bytes], int] = google_crc32c.value
    return value
