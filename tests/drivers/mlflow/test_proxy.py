"""Files behind the server's artifact proxy."""

from __future__ import annotations

import gzip
import hashlib
import json
import tracemalloc
from collections.abc import Callable
from functools import partial
from io import BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

import pytest
from contract_tests.servers.recorder import Answer, Cut, Recorder
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drivers.mlflow.conftest import lead

from tracklayer.drivers.mlflow import MLFLOW, MlflowDriver
from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.proxy import FILES, ProxyFiles
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import Conflict, InvalidInput, NotFound, ProviderError, Rejected, Unavailable, Unsupported
from tracklayer.model import Artifact, ExperimentRef, RunRef, checked_path
from tracklayer.spi import every

MB = 2**20
LEGAL = MLFLOW.names.artifact.legal
TAIL = "~!@$^&*()_+=-[]{}|'\":,<>. `"


def files(driver: MlflowDriver, run: RunRef) -> dict[str, Artifact]:
    return {file.path: file for file in every(partial(driver.list_artifacts, run))}


def put(driver: MlflowDriver, run: RunRef, path: str, data: bytes) -> None:
    driver.put_artifact(run, path, BytesIO(data))


def get(driver: MlflowDriver, run: RunRef, path: str) -> bytes:
    with driver.open_artifact(run, path) as stream:
        return stream.read()


class Zeros(RawIOBase):
    """A stream of so many zeros; `wound`: it can be wound back, and says its length."""

    def __init__(self, size: int, *, wound: bool) -> None:
        self.size, self.place, self.wound, self.largest = size, 0, wound, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.wound

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (self.size if whence == 2 else self.place if whence == 1 else 0)
        return self.place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        number = min(len(buffer), self.size - self.place)
        self.largest = max(self.largest, len(buffer))
        buffer[:number] = bytes(number)
        self.place += number
        return number


# -- names


@pytest.mark.parametrize(
    "path",
    ["a", "a/b/c.d", "a b", " a ", "100%", "a%4", "a%zz", "a;b", "a?b", "a+b", "é/日本/🚀", "e\u0301", "...", "..a",
     "a..", "x" * 255, "/".join(["deep"] * 40), "é" * 127, "日" * 85, "a:b", "file:x", "C:x", "con", "~", TAIL],
)  # fmt: skip
def test_a_legal_name_is_exact(driver: MlflowDriver, recorder: Recorder, run: RunRef, path: str) -> None:
    assert LEGAL(path)
    put(driver, run, path, path.encode())
    assert get(driver, run, path) == path.encode()
    assert files(driver, run) == {path: Artifact(path=path, size=len(path.encode()))}
    sent = next(seen.path for seen in recorder.seen if seen.method == "PUT")
    assert sent.endswith("/".join(quote(part, safe="") for part in path.split("/")))


def test_a_server_takes_no_other_characters(rest: Rest, run: RunRef, experiment: ExperimentRef) -> None:
    """Each printable and each control character at each place of a name: what traits say is what the server does."""
    proxy, root = ProxyFiles(rest), f"mlflow-artifacts:/{experiment.id}/{run.id}/artifacts"
    wrong: dict[str, bool] = {}
    for number, letter in enumerate(map(chr, range(1, 128))):
        for place in ("{0}", "a{0}", "{0}b", "a{0}b", "d{0}/f", "d/{0}f"):
            path = place.format(letter)
            try:
                checked_path(path)
            except InvalidInput:
                continue
            folder = f"{root}/{number}-{len(wrong)}-{place.format('x').replace('/', '-')}"
            if exact(proxy, folder, path) != LEGAL(path):
                wrong[path] = LEGAL(path)
    assert wrong == {}


def exact(proxy: ProxyFiles, root: str, path: str) -> bool:
    """Is a file there under its own name after it was put there?"""
    try:
        proxy.put(root, path, BytesIO(b"x"))
        parts = path.split("/")
        return all(
            [entry.name for entry in proxy.entries(root, "/".join(parts[:depth]))] == [part]
            for depth, part in enumerate(parts)
        )
    except ProviderError:
        return False


@pytest.mark.parametrize("path", ["a%41", "%2e%2e", "a%2541", "a#b", "a?", "d;/f", "x" * 256, "日" * 86])
def test_a_name_that_a_server_garbles_is_not_legal(path: str) -> None:
    assert not LEGAL(path)
    assert LEGAL(MLFLOW.names.artifact.spell(path))


paths = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda path: not set(path.split("/")) & {"", ".", ".."} and not set(path) & {"\\", "\0"}
)


@given(paths)
def test_any_path_has_a_legal_spelling(path: str) -> None:
    naming = MLFLOW.names.artifact
    spelling = naming.spell(path)
    assert naming.legal(spelling)
    assert checked_path(spelling) == spelling
    assert naming.shortened(spelling) or naming.read(spelling) == path


@settings(max_examples=25, deadline=None)
@given(paths=st.lists(paths, min_size=1, max_size=6))
def test_random_names_are_exact(mlflow_url: str, paths: list[str]) -> None:
    driver = MlflowDriver.open(mlflow_url)
    assert isinstance(driver, MlflowDriver)
    spelt = {MLFLOW.names.artifact.spell(path): path for path in paths}
    root = driver._root(ExperimentRef(id="0"))
    for spelling, path in spelt.items():
        name = f"random/{hashlib.sha256(spelling.encode()).hexdigest()[:8]}/{spelling}"
        driver._artifacts.put(root, name, BytesIO(path.encode()))
        with driver._artifacts.open(root, name) as stream:
            assert stream.read().decode() == path
    driver.close()


# -- streams


@pytest.mark.parametrize("wound", [True, False])
def test_a_large_file_takes_little_memory(driver: MlflowDriver, run: RunRef, mlflow_url: str, *, wound: bool) -> None:
    direct = MlflowDriver.open(mlflow_url)  # the recorder holds bodies whole
    stream = Zeros(48 * MB, wound=wound)
    tracemalloc.start()
    direct.put_artifact(run, "zeros", cast("BinaryIO", BufferedReader(stream, MB)))
    digest = hashlib.sha256()
    with direct.open_artifact(run, "zeros") as read:
        while block := read.read(MB):
            digest.update(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert digest.digest() == hashlib.sha256(bytes(48 * MB)).digest()
    assert stream.largest <= MB
    assert peak < 12 * MB
    assert files(driver, run)["zeros"].size == 48 * MB
    direct.close()


def test_a_compressed_file_is_sent_as_what_it_reads(driver: MlflowDriver, run: RunRef, tmp_path: Path) -> None:
    """`requests` would take the length of the file on disk."""
    packed = tmp_path / "zeros.gz"
    packed.write_bytes(gzip.compress(bytes(MB)))
    with gzip.open(packed) as data:
        driver.put_artifact(run, "zeros", cast("BinaryIO", data))
    assert get(driver, run, "zeros") == bytes(MB)


def test_a_stream_is_taken_from_where_it_stands(driver: MlflowDriver, run: RunRef) -> None:
    for data in (BytesIO(b"head body"), BytesIO(b"head ")):
        data.seek(5)
        driver.put_artifact(run, "rest", data)
        assert get(driver, run, "rest") == data.getvalue()[5:]


def test_a_file_that_shrinks_while_it_is_sent_is_said(driver: MlflowDriver, run: RunRef) -> None:
    stream = Zeros(MB, wound=True)

    def shrink(size: int = -1) -> bytes:
        stream.size = 10
        return RawIOBase.read(stream, size) or b""

    stream.read = shrink  # type: ignore[method-assign] # a file another process cuts
    with pytest.raises(InvalidInput, match="the file ended 1048566 bytes early"):
        driver.put_artifact(run, "shrinking", cast("BinaryIO", stream))
    put(driver, run, "next", b"x")
    assert get(driver, run, "next") == b"x"


@pytest.mark.parametrize("after", [0, 10, 999])
def test_a_download_that_breaks_off_is_an_error(
    driver: MlflowDriver, recorder: Recorder, run: RunRef, after: int
) -> None:
    put(driver, run, "file", b"x" * 1_000)
    recorder.inject("GET", "/file", Cut(after))
    with driver.open_artifact(run, "file") as stream, pytest.raises(Unavailable, match="broke off") as caught:
        stream.read()
    assert caught.value.retryable
    assert get(driver, run, "file") == b"x" * 1_000


def test_a_file_that_is_closed_early_costs_nothing(driver: MlflowDriver, run: RunRef) -> None:
    put(driver, run, "file", bytes(4 * MB))
    stream = driver.open_artifact(run, "file")
    assert stream.read(3) == bytes(3)
    stream.close()
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read()
    assert len(get(driver, run, "file")) == 4 * MB


# -- what is there


def test_a_file_in_the_way_is_named(driver: MlflowDriver, run: RunRef) -> None:
    put(driver, run, "a", b"file")
    put(driver, run, "d/e/f", b"file")
    for path, says in (("a/b", "'a' is a file"), ("a/b/c", "'a' is a file"), ("d/e", "'d/e' is a folder")):
        with pytest.raises(Conflict, match=says):
            put(driver, run, path, b"x")
    assert files(driver, run).keys() == {"a", "d/e/f"}


def test_a_fault_of_the_server_is_no_conflict(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    put(driver, run, "d/f", b"x")
    recorder.inject("PUT", "/f", Answer(503))
    with pytest.raises(Unavailable):
        put(driver, run, "d/f", b"x")


@pytest.mark.parametrize("path", ["missing", "d", "d/f/g", ".tracklayer/key", ".tracklayer"])
def test_what_is_no_file_is_not_found(driver: MlflowDriver, run: RunRef, path: str) -> None:
    put(driver, run, "d/f", b"x")
    driver.put_sidecar(run, "key", b"x")
    with pytest.raises(NotFound):
        get(driver, run, path)


@pytest.mark.parametrize("path", ["../x", "/x", "a/../b", "a//b", "", ".", "a\\b", "a\0"])
def test_an_illegal_path_is_not_sent(driver: MlflowDriver, recorder: Recorder, run: RunRef, path: str) -> None:
    for call in (partial(put, driver, run, path, b"x"), partial(get, driver, run, path)):
        with pytest.raises(InvalidInput, match="illegal artifact path"):
            call()
    assert [seen for seen in recorder.seen if "artifacts" in seen.path] == []


def test_a_run_is_asked_once_where_its_files_are(recorder: Recorder, run: RunRef) -> None:
    recorder.clear()
    fresh = MlflowDriver.open(recorder.tracklayer_url)
    assert isinstance(fresh, MlflowDriver)
    for number in range(3):
        put(fresh, run, f"f{number}", b"x")
    assert [seen.method for seen in recorder.seen] == ["GET", "PUT", "PUT", "PUT"]
    fresh.close()


def test_folders_are_listed_one_call_each(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    for path in ("b", "a/2", "a/1", "a/x/y/z", "c/1"):
        put(driver, run, path, b"x")
    driver.put_sidecar(run, "key", b"x")
    recorder.clear()
    listed = [file.path for file in every(partial(driver.list_artifacts, run))]
    assert listed == ["b", "a/1", "a/2", "a/x/y/z", "c/1"]
    assert len(recorder.seen) == 5


@pytest.mark.parametrize("cursor", ["", "x", "[]", "{}", '["../x"]', "[1]"])
def test_a_wrong_cursor_is_refused(driver: MlflowDriver, run: RunRef, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        driver.list_artifacts(run, cursor)


@pytest.mark.parametrize("name", ["..", "../x", "/etc/passwd", "a/b", "", "a\\b"])
def test_a_server_that_lists_a_way_out_is_not_believed(
    driver: MlflowDriver, recorder: Recorder, run: RunRef, name: str
) -> None:
    recorder.inject("GET", FILES, Answer(200, json.dumps({"files": [{"path": name, "is_dir": False}]}).encode()))
    with pytest.raises(Rejected, match="illegal name"):
        driver.list_artifacts(run)


# -- roots


@pytest.mark.parametrize(
    ("root", "says"),
    [
        ("sftp://host/x", "its files lie in sftp:"),
        ("dbfs:/x", "its files lie in dbfs:"),
        ("mlflow-artifacts://other.example:5000/1/r", "proxied by another server, other.example:5000"),
        ("http://other.example/api/2.0/mlflow-artifacts/artifacts/1/r", "its files lie in http:"),
        ("relative/folder", "its files lie in a place without a scheme"),
        ("", "its files lie in a place without a scheme"),
    ],
)
def test_a_root_that_cannot_be_served_is_named(driver: MlflowDriver, run: RunRef, root: str, says: str) -> None:
    lead(driver, run, root)
    calls: tuple[Callable[[], object], ...] = (
        partial(put, driver, run, "a", b"x"),
        partial(get, driver, run, "a"),
        partial(driver.list_artifacts, run),
        partial(driver.put_sidecar, run, "key", b"x"),
    )
    for call in calls:
        with pytest.raises(Unsupported, match=says):
            call()
    assert driver.get_sidecars(run) == {}, "what cannot be kept is not missed: the run must be readable"


def test_a_root_of_this_server_may_be_written_in_several_ways(recorder: Recorder, run: RunRef) -> None:
    rest = Rest(recorder.url, NoAuth())
    proxy = ProxyFiles(rest)
    host = recorder.url.removeprefix("http://")
    for root in (
        f"mlflow-artifacts:/9/{run.id}",
        f"mlflow-artifacts://{host}/9/{run.id}",
        f"{recorder.url}{FILES}/9/{run.id}",
    ):
        assert proxy.why_not(root) is None
        proxy.put(root, "a b", BytesIO(b"x"))
    assert {seen.path for seen in recorder.seen} == {f"{FILES}/9/{run.id}/a%20b"}
    rest.close()


# -- sidecars


def test_sidecars_lie_beside_the_files(driver: MlflowDriver, run: RunRef, experiment: ExperimentRef) -> None:
    for owner in (run, experiment):
        assert driver.get_sidecars(owner) == {}
        for key in ("a-1", "a-2", "b.c"):
            driver.put_sidecar(owner, key, key.encode())
        assert driver.get_sidecars(owner, "a-") == {"a-1": b"a-1", "a-2": b"a-2"}
    assert files(driver, run) == {}
    nobody = (RunRef(id="0" * 32), ExperimentRef(id="999999"))
    for none in nobody:
        with pytest.raises(NotFound):
            driver.put_sidecar(none, "key", b"x")
