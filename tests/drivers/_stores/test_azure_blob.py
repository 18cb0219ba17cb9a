"""Servers that leave their files in Azure's Blob Storage to their clients."""

from __future__ import annotations

from io import BytesIO

import pytest
from tests.drivers.azure.conftest import ACCOUNT, emulator, key, place, stage, staged

from tracklayer.drivers._stores import BlobFiles, Entry
from tracklayer.drivers._stores.azure_blob import CONNECTION, KEY
from tracklayer.drivers.azure import BlobUri, blobs
from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.emulators.stage import Stage
from tracklayer.errors import InvalidInput, NotFound

__all__ = ["key", "place", "stage", "staged"]


@pytest.fixture
def root(place: BlobUri) -> str:
    return f"wasbs://{place.container}@{ACCOUNT}.blob.core.windows.net/prefix/1/r/artifacts"


@pytest.fixture(params=["connection string", "key", "identity"])
def files(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> BlobFiles:
    """By each of the ways in which MLflow's own client finds credentials."""
    monkeypatch.delenv(CONNECTION, raising=False)
    monkeypatch.delenv(KEY, raising=False)
    if request.param == "connection string":
        monkeypatch.setenv(CONNECTION, emulator(stage).connection_string(ACCOUNT))
    elif request.param == "key":
        monkeypatch.setenv(KEY, emulator(stage).accounts[ACCOUNT])
    return BlobFiles()


def test_files_come_back_and_folders_are_listed_one_by_one(files: BlobFiles, root: str) -> None:
    for path in ("a b/c#d.txt", "a b/deep/e", "top.json"):
        files.put(root, path, BytesIO(path.encode()))
        with files.open(root, path) as stream:
            assert stream.read() == path.encode()
    files.put(f"{root}2", "neighbour", BytesIO(b"x"))
    assert files.entries(root, "") == [Entry("a b", is_folder=True), Entry("top.json", is_folder=False, size=8)]
    assert files.entries(root, "a b") == [Entry("deep", is_folder=True), Entry("c#d.txt", is_folder=False, size=11)]
    assert files.entries(root, "nothing") == []
    with pytest.raises(NotFound, match="BlobNotFound"):
        files.open(root, "missing")
    files.close()


def test_both_names_of_an_account_lead_to_the_same_files(
    stage: Stage, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY, emulator(stage).accounts[ACCOUNT])
    files = BlobFiles()
    files.put(root, "a", BytesIO(b"x"))
    lake = root.replace("wasbs:", "abfss:").replace(".blob.", ".dfs.")
    assert files.entries(lake, "") == [Entry("a", is_folder=False, size=1)]
    files.close()


def test_any_mlflow_server_may_have_its_files_there(root: str) -> None:
    driver = MlflowDriver.open("mlflow+http://127.0.0.1:1")
    assert isinstance(driver, MlflowDriver)
    assert isinstance(driver._artifacts._files(root), BlobFiles)
    driver.close()


def test_only_roots_of_blob_storage_are_its_own(root: str) -> None:
    files = BlobFiles()
    assert files.why_not(root) is None
    assert [files.why_not(other) for other in ("s3://b/x", "file:///x", "", "wasbs:x")] == [""] * 4
    with pytest.raises(InvalidInput, match="not a place in Blob Storage"):
        files.open("wasbs://nobody/c", "x")


def test_a_connection_string_that_is_none_is_not_shown(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONNECTION, "AccountKey=SECRET")
    with pytest.raises(InvalidInput, match=rf"^{CONNECTION} is no connection string$"):
        BlobFiles().open(root, "x")


def test_without_the_package_it_says_what_to_install(root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blobs, "find_spec", lambda _: None)
    assert "pip install 'tracklayer[azureml]'" in str(BlobFiles().why_not(root))
