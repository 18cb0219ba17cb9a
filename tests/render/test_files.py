"""What is written for readers is there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.render.files import check_writable, write_whole


def test_a_file_is_replaced_when_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text("old", encoding="utf-8")

    def fails(coming: Path) -> None:
        coming.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(TracklayerError, match=r"report\.txt cannot be written: No space left on device"):
        write_whole(file, fails)
    assert file.read_text(encoding="utf-8") == "old"
    write_whole(file, lambda coming: coming.write_text("new", encoding="utf-8"))
    assert file.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", [".", "gone/report.txt"])
def test_where_nothing_can_be_written_is_told_before(place: str, tmp_path: Path) -> None:
    check_writable(tmp_path / "report.txt")
    with pytest.raises(InvalidInput, match="give a file in a folder that is there"):
        check_writable(tmp_path / place)
