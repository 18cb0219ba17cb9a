from __future__ import annotations

import hashlib
import os
import tracemalloc
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from tracklayer.drivers.local import LocalDriver, artifacts
from tracklayer.errors import Conflict, InvalidInput, NotFound
from tracklayer.model import RunDraft, RunRef
from tracklayer.spi import every

SIZE = 64 << 20


class Zeros(RawIOBase):
    """A long file that is nowhere."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        piece = bytes(min(size, self.left))
        self.left -= len(piece)
        return piece


def contents(path: Path) -> list[Path]:
    """The files beside the store."""
    return sorted(found for found in path.with_name("store.db.artifacts").rglob("*") if found.is_file())


def another(driver: LocalDriver, run: RunRef) -> RunRef:
    return driver.create_run(driver.get_run(run).experiment, RunDraft(token="other")).ref


def put(driver: LocalDriver, run: RunRef, path: str, data: bytes) -> None:
    driver.put_artifact(run, path, BytesIO(data))


def read(driver: LocalDriver, run: RunRef, path: str) -> bytes:
    with driver.open_artifact(run, path) as file:
        return file.read()


def test_a_file_comes_back_and_is_described(driver: LocalDriver, run: RunRef) -> None:
    put(driver, run, "a/b.txt", b"words")
    put(driver, run, "a/ü 🙂", b"")
    assert read(driver, run, "a/b.txt") == b"words"
    first, second = driver.list_artifacts(run).items
    assert (first.path, first.size, first.media_type) == ("a/b.txt", 5, "text/plain")
    assert first.digest == f"sha256:{hashlib.sha256(b'words').hexdigest()}"
    assert (second.path, second.size, second.media_type) == ("a/ü 🙂", 0, None)


def test_the_same_content_is_kept_once(driver: LocalDriver, run: RunRef, path: Path) -> None:
    put(driver, run, "a", b"same")
    (content,) = contents(path)
    os.utime(content, (1, 1))
    for name in ("a", "b"):
        put(driver, run, name, b"same")
        put(driver, another(driver, run), name, b"same")
    assert contents(path) == [content]
    assert content.name == hashlib.sha256(b"same").hexdigest()
    assert content.stat().st_mtime == 1


def test_a_content_goes_with_the_last_file_that_had_it(driver: LocalDriver, run: RunRef, path: Path) -> None:
    put(driver, run, "a", b"old")
    put(driver, run, "b", b"old")
    put(driver, run, "a", b"new")
    assert len(contents(path)) == 2
    with driver.open_artifact(run, "b") as reader:
        put(driver, run, "b", b"new")
        assert reader.read() == b"old"
    assert [found.read_bytes() for found in contents(path)] == [b"new"]
    assert (read(driver, run, "a"), read(driver, run, "b")) == (b"new", b"new")


def test_a_long_file_passes_through_little_memory(driver: LocalDriver, run: RunRef) -> None:
    tracemalloc.start()
    driver.put_artifact(run, "long", cast("BinaryIO", Zeros(SIZE)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (file,) = driver.list_artifacts(run).items
    assert file.size == SIZE
    assert peak < 8 * artifacts.BUFFER


def test_files_and_folders_are_for_their_owner_only(driver: LocalDriver, run: RunRef, path: Path) -> None:
    before = os.umask(0)
    try:
        put(driver, run, "a", b"private")
    finally:
        os.umask(before)
    root = path.with_name("store.db.artifacts")
    modes = {found: found.stat().st_mode & 0o777 for found in (root, *root.rglob("*"))}
    assert {mode for found, mode in modes.items() if found.is_dir()} == {0o700}
    assert {mode for found, mode in modes.items() if found.is_file()} == {0o600}


def test_a_file_that_breaks_off_leaves_nothing(driver: LocalDriver, run: RunRef, path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(size) or self.fail()

        def fail(self) -> bytes:
            raise OSError("gone")

    with pytest.raises(InvalidInput, match="gone"):
        driver.put_artifact(run, "a", Broken(b"some"))
    assert driver.list_artifacts(run).items == ()
    assert contents(path) == []


def test_what_a_killed_process_left_is_deleted_after_a_day(driver: LocalDriver, run: RunRef, path: Path) -> None:
    put(driver, run, "a", b"1")
    incoming = path.with_name("store.db.artifacts") / "incoming"
    old, young = incoming / "old", incoming / "young"
    old.write_bytes(b"left")
    young.write_bytes(b"coming")
    long_ago = young.stat().st_mtime - artifacts.FORGOTTEN - 60
    os.utime(old, (long_ago, long_ago))
    put(driver, run, "a", b"2")
    assert list(incoming.iterdir()) == [young]


def test_a_file_and_a_folder_cannot_have_one_name(driver: LocalDriver, run: RunRef) -> None:
    put(driver, run, "a/b/c", b"")
    put(driver, run, "a/b-", b"")
    put(driver, run, "a/b0", b"")
    for path, obstacle in (("a", "a/b-"), ("a/b", "a/b/c"), ("a/b/c/d/e", "a/b/c")):
        with pytest.raises(Conflict, match=f"'{path}' cannot be a file beside the file '{obstacle}'"):
            put(driver, run, path, b"")


def test_files_are_listed_in_pages(driver: LocalDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "PAGE", 2)
    names = [f"folder/{number}" for number in range(5)]
    for name in names:
        put(driver, run, name, name.encode())
    assert [file.path for file in every(lambda after: driver.list_artifacts(run, after))] == names
    assert len(driver.list_artifacts(run).items) == 2


def test_a_file_that_is_not_there_is_not_found(driver: LocalDriver, run: RunRef, path: Path) -> None:
    with pytest.raises(NotFound, match="has no file 'a'"):
        driver.open_artifact(run, "a")
    put(driver, run, "a", b"lost")
    for content in contents(path):
        content.unlink()
    with pytest.raises(NotFound, match=r"the content of 'a' is gone: .*store\.db\.artifacts"):
        driver.open_artifact(run, "a")
    put(driver, run, "a", b"lost")
    assert read(driver, run, "a") == b"lost"


def test_a_deleted_run_takes_no_file_and_none_is_uploaded(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.delete(run)
    with pytest.raises(Conflict, match="restore it first"):
        put(driver, run, "a", b"1")
    assert contents(path) == []
