"""What is a picture is told by its bytes, and what a browser could run or choke on is none."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from PIL import Image as Pillow

from tracklayer.compare.page.images import Image, image


def made(kind: str, **options: object) -> bytes:
    written = BytesIO()
    Pillow.new("RGB", (37, 21), (9, 80, 160)).save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["png", "gif", "jpeg", "webp"])
def test_each_kind_is_known_with_its_size_and_a_cut_one_harms_nothing(kind: str) -> None:
    data = made(kind)
    assert image(data) == Image(f"image/{kind}", 37, 21)
    for length in range(40):
        assert image(data[:length]) in {None, Image(f"image/{kind}", 37, 21)}


def test_all_forms_of_webp_and_jpeg_are_known() -> None:
    exif = b"Exif\0\0" + b"\xff\xc0" * 100  # looks like a frame, and is none
    assert image(made("jpeg", progressive=True, exif=exif)) == Image("image/jpeg", 37, 21)
    assert image(made("webp", lossless=True)) == Image("image/webp", 37, 21)
    assert image(made("webp", exif=exif)) == Image("image/webp", 37, 21)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 50_000, 50_000),
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 0, 5),
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rJUNK" + struct.pack(">II", 5, 5),
        b"\xff\xd8\xff\xe0\0\0" * 3,
        b"RIFF\0\0\0\0WAVE" + b"\0" * 40,
    ],
    ids=["nothing", "svg", "html", "bomb", "empty", "no-header", "jpeg-without-end", "sound"],
)
def test_what_is_none_is_not_taken_for_one(data: bytes) -> None:
    assert image(data) is None
