"""Artifacts: files of a run, byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BufferedReader, BytesIO, RawIOBase
from typing import BinaryIO

import pytest
from contract_tests.many import refusing, trying, unlike
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import shown

from tracklayer.errors import Conflict, InvalidInput, NotFound
from tracklayer.model import Run, RunRef
from tracklayer.spi import Feature

pytestmark = needs(Feature.ARTIFACTS)

PATHS = [
    "model.pkl", "a/b/c/d.txt", "a#b.txt", "a?b.txt", "a%41.txt", "a%2Fb", "100%", "a b/c d.txt", " a ", "a+b&c=d;e,f",
    "a:b", "é/日本語/🚀.txt", "e\u0301.txt", "é.txt", "A.TXT", "a.txt", ".hidden/.x", "...", "~", "a'b\"c", "[a]{b}*",
    "a\nb", "-rf", "con.txt", "no_suffix", ".tracklayer/x", "tlx_41z", "x" * 300 + ".bin",
    "x" * 299 + ".bin", "/".join(["deep"] * 30),
]  # fmt: skip
ILLEGAL = ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "a\\b", "", "a/", "nul\x00"]
MB = 2**20


class Once(RawIOBase):
    """A stream of `size` bytes that cannot be wound back, and holds no more than what is asked for."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        number = min(len(buffer), self.left)
        buffer[:number] = bytes(number)
        self.left -= number
        return number


def test_a_file_comes_back_under_any_path_apart_from_all_others(place: Place, run: Run) -> None:
    written = {path: path.encode() * 3 for path in PATHS}
    for path, data in written.items():
        with trying(path):
            place.put(run, path, data)
    read = {}
    for path in written:
        with trying(path):
            read[path] = place.get(run, path)
    assert unlike(read, written) == {}
    assert place.files(run).keys() == written.keys()


@pytest.mark.parametrize("path", [".tracklayer", "...", "a%2Fb", "/".join(["deep"] * 30)], ids=shown)
def test_a_file_may_be_the_only_one(place: Place, run: Run, path: str) -> None:
    place.put(run, path, b"alone")
    assert place.get(run, path) == b"alone"
    assert place.files(run).keys() == {path}


def test_bytes_are_kept_as_they_are(place: Place, run: Run) -> None:
    data = bytes(range(256)) * 17 + b"\r\n\x00\xff\xfe"
    place.put(run, "raw", data)
    assert place.get(run, "raw") == data


def test_what_is_said_of_a_file_is_true(place: Place, run: Run) -> None:
    place.put(run, "a/data.json", b"{}" * 500)
    file = place.files(run)["a/data.json"]
    assert file.size in {1000, None}
    assert file.digest in {f"sha256:{hashlib.sha256(b'{}' * 500).hexdigest()}", None}


def test_a_file_may_be_empty(place: Place, run: Run) -> None:
    place.put(run, "empty", b"")
    assert place.get(run, "empty") == b""
    assert place.files(run)["empty"].size in {0, None}


def test_a_file_is_replaced(place: Place, run: Run) -> None:
    for data in (b"first, the longest of them", b"second", b"", b"third"):
        place.put(run, "a/file", data)
        assert place.get(run, "a/file") == data
        assert place.files(run)["a/file"].size in {len(data), None}


@pytest.mark.parametrize("stream", [lambda: BytesIO(bytes(20 * MB)), lambda: BufferedReader(Once(20 * MB))])
def test_20_mb_are_streamed(place: Place, run: Run, stream: Callable[[], BinaryIO]) -> None:
    with stream() as data:
        place.driver.put_artifact(run.ref, "big", data)
    digest, size = hashlib.sha256(), 0
    with place.driver.open_artifact(run.ref, "big") as read:
        while part := read.read(MB):
            assert len(part) <= MB
            digest.update(part)
            size += len(part)
    assert size == 20 * MB
    assert digest.digest() == hashlib.sha256(bytes(20 * MB)).digest()


def test_a_stream_is_taken_from_where_it_stands(place: Place, run: Run) -> None:
    data = BytesIO(b"head body")
    data.seek(5)
    place.driver.put_artifact(run.ref, "rest", data)
    assert place.get(run, "rest") == b"body"


def test_a_run_without_files_lists_none(place: Place, run: Run) -> None:
    assert place.files(run) == {}


def test_a_file_that_is_not_there_is_not_found(place: Place, run: Run) -> None:
    place.put(run, "a/b", b"x")
    for path in ("missing", "a", "a/b/c", "a/missing"):
        with pytest.raises(NotFound):
            place.get(run, path)


def test_a_run_that_is_not_there_has_no_files(place: Place) -> None:
    nobody = RunRef(id="0" * 32)
    with pytest.raises(NotFound):
        place.put(nobody, "a", b"x")
    with pytest.raises(NotFound):
        place.get(nobody, "a")
    with pytest.raises(NotFound):
        place.files(nobody)


def test_an_illegal_path_is_refused_and_nothing_is_sent(place: Place, run: Run) -> None:
    before = place.ledger.calls.copy()
    for path in ILLEGAL:
        with refusing(path, InvalidInput):
            place.put(run, path, b"x")
        with refusing(path, InvalidInput):
            place.get(run, path)
    assert place.ledger.calls == before


def test_a_file_in_the_way_of_a_folder_is_not_lost(place: Place, run: Run) -> None:
    place.put(run, "a", b"file")
    try:
        place.put(run, "a/b", b"in a folder")
    except Conflict:
        assert place.files(run).keys() == {"a"}
    else:
        assert place.get(run, "a/b") == b"in a folder"
    assert place.get(run, "a") == b"file"


def test_what_is_kept_beside_the_run_is_no_file_of_it(place: Place, run: Run) -> None:
    place.put(run, "mine", b"x")
    place.bare.put_sidecar(run.ref, "sidecar", b"small")
    place.write(run, params={"p": "x" * 10_000}, tags={"t" * 400: "x" * 20_000})
    assert place.files(run).keys() == {"mine"}
    for path in ("sidecar", ".tracklayer/sidecar"):
        with pytest.raises(NotFound):
            place.get(run, path)


def test_files_of_one_run_are_not_another_runs(place: Place, run: Run) -> None:
    other = place.run()
    place.put(run, "a", b"mine")
    place.put(other, "a", b"other")
    assert place.get(run, "a") == b"mine"
    assert place.again().get(other, "a") == b"other"
