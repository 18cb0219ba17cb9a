"""Moves: where chunks of points are sealed, noted in a file until the index says so: there may be millions of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


class Moved(msgspec.Struct, array_like=True, frozen=True):
    """A chunk of the index, and its place. It is the same chunk as long as its ends and its count are the same."""

    number: int
    first: bytes
    last: bytes
    count: int
    part: int = 0
    row: int = 0


class Moves:
    """What `writing` was given, a line each. The file goes with the folder of what is staged."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def writing(self) -> Iterator[Callable[[Moved], None]]:
        """Begin anew; gives what notes a chunk."""
        encoder = msgspec.json.Encoder()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("wb") as file:
            yield lambda moved: file.writelines((encoder.encode(moved), b"\n"))

    def __iter__(self) -> Iterator[Moved]:
        """All of them; none where nothing was written."""
        if not self._path.exists():
            return
        decoder = msgspec.json.Decoder(Moved)
        with self._path.open("rb") as file:
            yield from map(decoder.decode, file)
