"""The records of a `.wandb` file: a log in blocks, as LevelDB writes one, each piece with its sum.

A file begins with `:W&B`, 0xBEE1 and a version. Then come blocks of 32 KiB with pieces of records: a CRC32 of its kind
and data (4 bytes), its length (2), its kind (1: whole, 2: the first, 3: one between, 4: the last). A piece does not
cross a block; a rest of less than 7 bytes is filled up. Sources: wandb/sdk/internal/datastore.py (until 0.2x), then
core/pkg/leveldb of wandb/wandb; https://github.com/google/leveldb/blob/main/doc/log_format.md.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

BLOCK, HEAD = 32_768, 7
IDENT = b":W&B\xe1\xbe"
WHOLE, FIRST, BETWEEN, LAST = 1, 2, 3, 4
#: Bytes of a record, at most: a larger one is no history, and is passed over.
MOST = 2**26


class Damage:
    """What of a file could not be read. `cut`: its writer died, or is at work."""

    def __init__(self) -> None:
        self.alien = False
        self.records = 0
        self.cut = False

    def __str__(self) -> str:
        parts = ["it is no file of W&B's"] if self.alien else []
        parts += [f"{self.records} damaged records are left out"] if self.records else []
        return "; ".join(parts + (["it ends in the middle of a record"] if self.cut else []))


def records(path: Path, damage: Damage) -> Iterator[bytes]:
    """The records of a file that are sound, in order. Behind damage the next block is a new beginning."""
    with path.open("rb", buffering=2**20) as file:
        if not file.read(HEAD).startswith(IDENT):
            damage.alien = True
            return
        held: list[bytes] | None = None
        for kind, data in _pieces(file, damage):
            if kind in {WHOLE, FIRST}:
                damage.records += held is not None  # its last piece is missing
                held = [data]
            elif held is None:
                damage.records += kind == LAST  # its first piece is missing
                continue
            else:
                held.append(data)
            if sum(map(len, held)) > MOST:
                held = None
            elif kind in {WHOLE, LAST}:
                yield b"".join(held)
                held = None
        damage.cut |= held is not None


def _pieces(file: BinaryIO, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """Kind and data of each piece that is sound."""
    at = HEAD
    while True:
        left = BLOCK - at % BLOCK
        if left < HEAD:
            file.read(left)
            at += left
            continue
        head = file.read(HEAD)
        if len(head) < HEAD:
            damage.cut |= bool(head.strip(b"\0"))
            return
        given, size, kind = struct.unpack("<IHB", head)
        data = file.read(min(size, left - HEAD))
        at += HEAD + len(data)
        if size <= left - HEAD and len(data) < size:
            damage.cut = True
            return
        if size <= left - HEAD and zlib.crc32(data, zlib.crc32(head[6:])) == given and WHOLE <= kind <= LAST:
            yield kind, data
        elif size or kind or given:  # zeros fill up a block
            damage.records += 1
            rest = BLOCK - at % BLOCK
            if at % BLOCK:
                file.read(rest)
                at += rest
