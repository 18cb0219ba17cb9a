"""Held: records that are in memory because they cannot be written, until each place has them or the disk takes them."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

#: Bytes of records that are held at most.
MOST = 1 << 20


class Held:
    """Frames, one behind the other, from an offset on that only grows. Any thread may use it."""

    def __init__(self, places: Sequence[str]) -> None:
        self._data = bytearray()
        self._begin = 0
        self._at = dict.fromkeys(places, 0)
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._data)

    def add(self, frame: bytes) -> bool:
        """Hold a frame; False when there is no room for it."""
        with self._lock:
            if len(self._data) + len(frame) > MOST:
                return False
            self._data += frame
            return True

    def for_place(self, place: str) -> tuple[int, bytes]:
        """What a place has not been given yet, and the offset where that begins."""
        with self._lock:
            at = max(self._at.get(place, self._begin), self._begin)
            return at, bytes(self._data[at - self._begin :])

    def given(self, place: str, upto: int) -> None:
        """A place has all up to an offset. What all places have is let go of."""
        with self._lock:
            self._at[place] = max(self._at.get(place, 0), upto)
            self._let_go(min(self._at.values()))

    def all(self) -> tuple[int, bytes]:
        """Everything that is held, and the offset where it begins."""
        with self._lock:
            return self._begin, bytes(self._data)

    def written(self, upto: int) -> None:
        """All up to an offset is in the file now."""
        with self._lock:
            self._let_go(upto)

    def _let_go(self, upto: int) -> None:
        cut = min(upto - self._begin, len(self._data))
        if cut > 0:
            del self._data[:cut]
            self._begin += cut
