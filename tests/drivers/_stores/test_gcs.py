"""Servers that leave their files in Cloud Storage to their clients."""

from __future__ import annotations

from io import BytesIO

import pytest
from tests.drivers.google.conftest import Nobody

from tracklayer.drivers._stores import Entry, GcsFiles
from tracklayer.drivers.google import GcsUri, Objects, auth
from tracklayer.emulators.vertex import PROJECT, VertexEmulator
from tracklayer.errors import InvalidInput, NotFound

ROOT = "gs://of-mlflow/prefix/1/r/artifacts"


@pytest.fixture
def files(emulator: VertexEmulator) -> GcsFiles:
    objects = Objects(Nobody(), PROJECT, provider="mlflow")
    objects.ensure_bucket("of-mlflow", "us-central1")
    assert objects.list(GcsUri("of-mlflow")).objects == (), emulator.url
    return GcsFiles(objects)


def test_files_come_back_and_folders_are_listed_one_by_one(files: GcsFiles) -> None:
    for path in ("a b/c#d.txt", "a b/deep/e", "top.json"):
        files.put(ROOT, path, BytesIO(path.encode()))
        with files.open(ROOT, path) as stream:
            assert stream.read() == path.encode()
    files.put("gs://of-mlflow/prefix/1/r/artifacts2", "neighbour", BytesIO(b"x"))
    assert files.entries(ROOT, "") == [Entry("a b", is_folder=True), Entry("top.json", is_folder=False, size=8)]
    assert files.entries(ROOT, "a b") == [
        Entry("deep", is_folder=True),
        Entry("c#d.txt", is_folder=False, size=11),
    ]
    assert files.entries(ROOT, "nothing") == []
    assert Entry("prefix", is_folder=True) in files.entries("gs://of-mlflow", "")
    with pytest.raises(NotFound, match="there is no gs://of-mlflow/prefix/1/r/artifacts/missing"):
        files.open(ROOT, "missing")
    files.close()


def test_only_roots_of_cloud_storage_are_its_own(files: GcsFiles) -> None:
    assert files.why_not(ROOT) is None
    assert [files.why_not(root) for root in ("s3://b/x", "file:///x", "", "gs:x")] == [""] * 4
    with pytest.raises(InvalidInput, match="not a place in Cloud Storage"):
        files.open("gs://A B/c", "x")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "find_spec", lambda _: None)
    assert "pip install 'tracklayer[vertex]'" in str(GcsFiles().why_not(ROOT))
