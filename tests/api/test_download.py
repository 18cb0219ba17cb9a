"""Download: a run's files as they were, never outside the folder, never in part."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from typing import BinaryIO

import pytest

import tracklayer as tl
from tracklayer.api.download import BLOCK, download
from tracklayer.drivers.memory import MemoryDriver
from tracklayer.model import RunRef
from tracklayer.spi import Cursor, Page, Wrapper


@pytest.fixture
def run(client: tl.Client) -> tl.ActiveRun:
    run = client.start_run()
    for path in ("a.txt", "model/w.bin", "model/deep/v.bin", "models.txt"):
        run.log_text(path, path)
    return run


def below(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_everything(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    to = tmp_path / "new" / "place"
    assert client.download(run, to) == to
    paths = ("a.txt", "model/w.bin", "model/deep/v.bin", "models.txt")
    assert below(to) == {path: path for path in paths}


def test_a_folder_a_file_and_nothing(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    assert client.download(run.id, tmp_path / "1", "model") == tmp_path / "1" / "model"
    assert set(below(tmp_path / "1")) == {"model/w.bin", "model/deep/v.bin"}
    assert client.download(run.url, str(tmp_path / "2"), "model/w.bin").read_text() == "model/w.bin"
    empty = client.start_run()
    assert client.download(empty, tmp_path / "3") == tmp_path / "3"
    assert list((tmp_path / "3").iterdir()) == []


def test_what_is_there_is_replaced_a_link_too(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    outside, to = tmp_path / "outside.txt", tmp_path / "to"
    to.mkdir()
    outside.write_text("mine")
    (to / "a.txt").symlink_to(outside)
    (to / "models.txt").write_text("old")
    client.download(run, to)
    assert outside.read_text() == "mine"
    assert not (to / "a.txt").is_symlink()
    assert below(to)["a.txt"] == "a.txt"
    assert below(to)["models.txt"] == "models.txt"


def test_a_link_within_the_folder_is_followed(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "model").symlink_to(tmp_path / "real")
    client.download(run, tmp_path, "model")
    assert (tmp_path / "real" / "w.bin").read_text() == "model/w.bin"


def test_a_link_out_of_the_folder_is_not(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    outside, to = tmp_path / "outside", tmp_path / "to"
    outside.mkdir()
    to.mkdir()
    (to / "model").symlink_to(outside)
    with pytest.raises(tl.InvalidInput, match=r"'model/.*' would be written outside '.*to': a link there leads to"):
        client.download(run, to, "model")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", ["../a.txt", "/a.txt", "model/../a.txt", "model/", "."])
def test_a_wrong_path(client: tl.Client, run: tl.ActiveRun, tmp_path: Path, path: str) -> None:
    with pytest.raises(tl.InvalidInput, match="illegal artifact path"):
        client.download(run, tmp_path, path)


@pytest.mark.parametrize("path", ["mode", "a", "model/w", "none"])
def test_an_unknown_path(client: tl.Client, run: tl.ActiveRun, tmp_path: Path, path: str) -> None:
    with pytest.raises(tl.NotFound, match=f"has no file or folder '{path}'"):
        client.download(run, tmp_path / "to", path)
    assert not (tmp_path / "to").exists()


def test_a_place_that_cannot_be_written_to(client: tl.Client, run: tl.ActiveRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(tl.InvalidInput, match=r"cannot make the folder '.*file'"):
        client.download(run, tmp_path / "file")
    (tmp_path / "to" / "a.txt").mkdir(parents=True)
    with pytest.raises(tl.InvalidInput, match="a folder of that name is in the way"):
        client.download(run, tmp_path / "to", "a.txt")


class Stream(io.RawIOBase):
    """Bytes without end in sight, never all in memory."""

    def __init__(self, size: int, breaks: OSError | None = None) -> None:
        self.left = size
        self.breaks = breaks

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "the whole file is asked for at once"
        if self.left == 0 and self.breaks is not None:
            raise self.breaks
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


class Far(Wrapper):
    """One file of a given size, of which another may come."""

    def __init__(self, said: int | None, given: int, breaks: OSError | None = None) -> None:
        super().__init__(MemoryDriver())
        self.said, self.given, self.breaks = said, given, breaks

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[tl.Artifact]:
        assert (run.id, after) == ("r", None)
        return Page((tl.Artifact(path="big.bin", size=self.said),))

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        assert (run.id, path) == ("r", "big.bin")
        return Stream(self.given, self.breaks)  # type: ignore[return-value] # enough of one


def test_a_large_file_goes_through_little_memory(tmp_path: Path) -> None:
    size = 64 * BLOCK + 1
    tracemalloc.start()
    try:
        download(Far(size, size), RunRef(id="r"), tmp_path, "")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "big.bin").stat().st_size == size
    assert peak < 8 * BLOCK


def test_a_file_that_comes_in_part_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(tl.Unavailable, match=r"'big\.bin' came back with 3 bytes of 5"):
        download(Far(5, 3), RunRef(id="r"), tmp_path, "")
    with pytest.raises(ConnectionResetError):
        download(Far(None, 3, ConnectionResetError()), RunRef(id="r"), tmp_path, "")
    assert list(tmp_path.iterdir()) == []
