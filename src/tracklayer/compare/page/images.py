"""Images: what kind of picture bytes are, and how large it would be unpacked; whatever they say they are."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

#: Points that a picture may have: more only fill a browser's memory.
MOST_POINTS = 25_000_000
#: A JPEG's markers that begin a frame, which holds its size: https://www.w3.org/Graphics/JPEG/itu-t81.pdf, table B.1.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class Image(NamedTuple):
    """A picture's media type, and its size in points."""

    media_type: str
    width: int
    height: int


def image(data: bytes) -> Image | None:
    """What picture these bytes begin as; None for what is none, or is too large. SVG is none: it may hold scripts."""
    for start, read in READERS.items():
        if data.startswith(start):
            try:
                found = read(data)
            except (struct.error, IndexError):
                return None
            fits = found is not None and 0 < found.width * found.height <= MOST_POINTS
            return found if fits else None
    return None


def _png(data: bytes) -> Image | None:
    if data[12:16] != b"IHDR":
        return None
    return Image("image/png", *struct.unpack_from(">II", data, 16))


def _gif(data: bytes) -> Image | None:
    return Image("image/gif", *struct.unpack_from("<HH", data, 6))


def _jpeg(data: bytes) -> Image | None:
    """Goes from segment to segment to the one that begins the frame."""
    at = 2
    while data[at] == 0xFF:  # noqa: PLR2004 -- what every marker begins with
        marker = data[at + 1]
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return Image("image/jpeg", width, height)
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> Image | None:
    """By its first chunk: lossy, lossless or extended. https://developers.google.com/speed/webp/docs/riff_container."""
    if data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Image("image/webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, 21)
        return Image("image/webp", (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return Image("image/webp", width, height)
    return None


#: How a file of each kind begins -> what reads its size.
READERS: dict[bytes, Callable[[bytes], Image | None]] = {
    b"\x89PNG\r\n\x1a\n": _png,
    b"GIF87a": _gif,
    b"GIF89a": _gif,
    b"\xff\xd8": _jpeg,
    b"RIFF": _webp,
}
