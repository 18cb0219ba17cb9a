"""Files in a folder of this machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from tests.drivers.mlflow.conftest import lead

from tracklayer.drivers._stores.folder import READING, WRITING, FolderFiles
from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    ProviderError,
    QuotaExceeded,
    Rejected,
    Unavailable,
    Unsupported,
)
from tracklayer.model import ExperimentRef, RunDraft, RunRef
from tracklayer.spi import every, translated

ODD = ["a b/c#d?e%41.txt", "é🎉", "...", "a\nb", "-rf"]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder that a server keeps its artifacts in."""
    folder = tmp_path / "mlruns"
    folder.mkdir()
    return folder


@pytest.fixture
def root(store: Path) -> str:
    """A run's folder, which is not there before its first file."""
    return f"{store}/1/{uuid4().hex}/artifacts"


def inside(folder: str | Path) -> list[str]:
    return sorted(place.name for place in Path(folder).iterdir())


def test_a_real_servers_folder(driver: MlflowDriver, rest: Rest, store: Path) -> None:
    body = {"name": f"local files {uuid4().hex}", "artifact_location": f"file://{store}/an%20experiment"}
    place = ExperimentRef(id=rest.call("POST", "experiments/create", dict, body=body)["experiment_id"])
    run = driver.create_run(place, RunDraft(token="t")).ref
    for path in ODD:
        driver.put_artifact(run, path, BytesIO(path.encode()))
        with driver.open_artifact(run, path) as stream:
            assert stream.read() == path.encode()
    driver.put_sidecar(run, "key", b"run's")
    driver.put_sidecar(place, "key", b"experiment's")
    assert {file.path: file.size for file in every(partial(driver.list_artifacts, run))} == {
        path: len(path.encode()) for path in ODD
    }
    assert driver.get_sidecars(run) == {"key": b"run's"}
    assert driver.get_sidecars(place) == {"key": b"experiment's"}
    assert (store / "an experiment" / run.id / "artifacts" / "é🎉").read_text() == "é🎉"


def test_a_file_is_replaced_and_leaves_nothing_behind(root: str) -> None:
    files = FolderFiles()
    for data in (b"first, longer", b"second", b""):
        files.put(root, "d/file", BytesIO(data))
        with files.open(root, "d/file") as stream:
            assert stream.read() == data
    assert inside(f"{root}/d") == ["file"]


class Failing(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        del size
        message = "the disk is on fire"
        raise ValueError(message)


def test_a_file_that_could_not_be_read_is_not_there(root: str) -> None:
    files = FolderFiles()
    with pytest.raises(ValueError, match="on fire"):
        files.put(root, "file", Failing())
    assert inside(root) == []


def test_what_is_no_file_is_not_found(root: str) -> None:
    files = FolderFiles()
    files.put(root, "d/f", BytesIO(b"x"))
    for path in ("missing", "d", "d/f/g"):
        with pytest.raises(NotFound):
            files.open(root, path)
    assert files.entries(root, "missing") == []
    assert files.entries(root, "d/f") == []


def test_a_file_in_the_way_is_a_conflict(root: str) -> None:
    files = FolderFiles()
    files.put(root, "a", BytesIO(b"x"))
    files.put(root, "d/f", BytesIO(b"x"))
    for path in ("a/b", "a/b/c", "d"):
        with pytest.raises(Conflict):
            files.put(root, path, BytesIO(b"x"))
    assert sorted(entry.name for entry in files.entries(root, "")) == ["a", "d"]


def test_a_name_that_is_too_long_is_refused(root: str) -> None:
    with pytest.raises(Rejected):
        FolderFiles().put(root, "x" * 300, BytesIO(b"x"))


# -- links


def test_no_link_leads_out_of_the_runs_folder(root: str, tmp_path: Path) -> None:
    files = FolderFiles()
    files.put(root, "mine", BytesIO(b"mine"))
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    here = Path(root)
    (here / "folder").symlink_to(tmp_path / "outside")
    (here / "file").symlink_to(tmp_path / "outside" / "secret")
    (here / "inside").symlink_to(here / "mine")
    (here / "circle").symlink_to(here / "circle")
    (here / "around").symlink_to(here)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: files.open(root, "folder/secret"),
        lambda: files.open(root, "file"),
        lambda: files.put(root, "folder/new", BytesIO(b"x")),
        lambda: files.put(root, "file", BytesIO(b"x")),
        lambda: files.open(root, "circle"),
    )
    for attempt in attempts:
        with pytest.raises((PermissionDenied, NotFound, Unavailable)):
            attempt()
    assert inside(tmp_path / "outside") == ["secret"]
    assert (tmp_path / "outside" / "secret").read_text() == "secret"
    assert {entry.name for entry in files.entries(root, "")} == {"mine", "inside"}
    assert files.entries(root, "folder") == []
    with files.open(root, "inside") as stream:
        assert stream.read() == b"mine"


def test_the_store_itself_may_be_a_link(store: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(store)
    files = FolderFiles()
    files.put(f"{tmp_path}/link/1/r/artifacts", "a/b", BytesIO(b"x"))
    assert (store / "1" / "r" / "artifacts" / "a" / "b").read_bytes() == b"x"


# -- is it here?


@pytest.mark.parametrize("below", ["", "/1", "/1/r/artifacts"])
def test_a_folder_near_a_store_is_here(store: Path, below: str) -> None:
    for root in (
        f"{store}{below}",
        f"file://{store}{below}",
        f"file:{store}{below}",
        f"file://localhost{store}{below}",
    ):
        assert FolderFiles().why_not(root) is None


@pytest.mark.parametrize("root", ["/no-such-store/1/r/artifacts", "file:///no-such-store/1", "/artifacts-of-nobody"])
def test_a_folder_of_another_machine_is_not_made_here(driver: MlflowDriver, run: RunRef, root: str) -> None:
    lead(driver, run, root)
    with pytest.raises(Unsupported, match="server's own machine; start the server with --serve-artifacts"):
        driver.put_artifact(run, "a", BytesIO(b"x"))
    assert not Path(root.removeprefix("file://")).exists()


@pytest.mark.parametrize("root", ["s3://b/x", "mlflow-artifacts:/1", "relative", "", "file://host/x", "file:relative"])
def test_what_is_no_folder_is_left_to_others(root: str) -> None:
    assert FolderFiles().why_not(root) == ""


# -- errors


@pytest.mark.parametrize(
    ("error", "reading", "writing"),
    [
        (FileNotFoundError(2, "no"), NotFound, Unavailable),
        (IsADirectoryError(21, "no"), NotFound, Conflict),
        (NotADirectoryError(20, "no"), NotFound, Conflict),
        (PermissionError(13, "no"), PermissionDenied, PermissionDenied),
        (OSError(28, "full"), QuotaExceeded, QuotaExceeded),
        (OSError(36, "long"), Rejected, Rejected),
        (OSError(5, "broken"), Unavailable, Unavailable),
    ],
)
def test_errors_of_a_disk(error: OSError, reading: type[ProviderError], writing: type[ProviderError]) -> None:
    for table, kind in ((READING, reading), (WRITING, writing)):
        ours = translated(table, error, provider="mlflow", operation="artifacts/open")
        assert type(ours) is kind
        assert not ours.retryable
