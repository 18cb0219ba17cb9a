from __future__ import annotations

from io import BytesIO
from typing import BinaryIO, cast

from tracklayer.drivers._streams import Whole, filled, left


class Drip(BytesIO):
    """Gives three bytes a read, and cannot be turned back."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(3 if size is None or size < 0 else min(3, size))

    def seekable(self) -> bool:
        return False


def test_what_is_left_of_a_stream_is_counted_and_not_read() -> None:
    stream = BytesIO(b"0123456789")
    stream.seek(4)
    assert left(stream) == 6
    assert stream.read() == b"456789"
    assert left(cast("BinaryIO", Drip(b"x"))) is None


def test_a_block_is_full_though_each_read_gives_little() -> None:
    stream = cast("BinaryIO", Drip(b"0123456789"))
    assert [filled(stream, 7), filled(stream, 7), filled(stream, 7)] == [b"0123456", b"789", b""]


def test_a_stream_whose_beginning_was_read_is_whole_again() -> None:
    stream = cast("BinaryIO", Drip(b"0123456789"))
    whole = Whole(filled(stream, 4), stream)
    assert [whole.read(3), whole.read(3), whole.read(9), whole.read(9)] == [b"012", b"345", b"6789", b""]
