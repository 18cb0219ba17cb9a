"""Files in volumes of Unity Catalog, and in the old file system of a workspace."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
from tests.drivers.databricks.places import opened, rest_of

from tracklayer.drivers._stores import Files
from tracklayer.drivers.databricks.dbfs import DbfsFiles
from tracklayer.drivers.databricks.volumes import VolumeFiles
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import NewExperiment
from tracklayer.emulators.databricks import VOLUME, DatabricksEmulator
from tracklayer.errors import AlreadyExists, Conflict, NotFound
from tracklayer.model import ExperimentRef, RunDraft

LARGE = bytes(range(256)) * 10_000  # 2.5 MB: more than a block of DBFS


@pytest.mark.parametrize("upload_folder", ["refused", "made"])
@pytest.mark.parametrize(
    ("kind", "top"), [(VolumeFiles, f"dbfs:{VOLUME}"), (DbfsFiles, "dbfs:/mnt/team")], ids=["volume", "dbfs"]
)
def test_files_come_back_are_replaced_and_are_listed(
    emulator: DatabricksEmulator, kind: Callable[[Rest], Files], top: str, upload_folder: str
) -> None:
    emulator.tune(upload_folder=upload_folder)
    files, root = kind(rest_of("aws")), f"{top}/{uuid4().hex[:8]}"
    assert files.why_not(root) is None
    written = {"empty": b"", "a b é#.txt": b"text", "large.bin": LARGE, "deep/er/x": b"x"}
    for path, data in written.items():
        files.put(root, path, BytesIO(b"before"))
        files.put(root, path, BytesIO(data))
    for path, data in written.items():
        with files.open(root, path) as stream:
            assert stream.read() == data
    entries = {entry.name: (entry.is_folder, entry.size) for entry in files.entries(root, "")}
    assert entries == {
        "empty": (False, 0), "a b é#.txt": (False, 4), "large.bin": (False, len(LARGE)), "deep": (True, None),
    }  # fmt: skip
    assert [entry.name for entry in files.entries(root, "deep/er")] == ["x"]
    assert list(files.entries(root, "empty")) == list(files.entries(root, "none")) == []
    for path in ("none", "deep"):
        with pytest.raises(NotFound):
            files.open(root, path)
    with pytest.raises((AlreadyExists, Conflict)):
        files.put(root, "deep", BytesIO(b"x"))


def test_each_root_is_of_one_kind() -> None:
    rest = rest_of("aws")
    volumes, dbfs = VolumeFiles(rest), DbfsFiles(rest)
    for root, whose in {
        "dbfs:/Volumes/a/b/c/x": volumes, "dbfs://team@databricks/Volumes/a/b/c": volumes, "dbfs:/mnt/x": dbfs,
        "dbfs:/databricks/mlflow-tracking/1/2/artifacts": None, "s3://b": None, "dbfs:/Volumes/a": None,
    }.items():  # fmt: skip
        assert [files.why_not(root) is None for files in (volumes, dbfs)] == [whose is volumes, whose is dbfs]


def test_runs_of_an_experiment_in_a_volume_have_their_files_and_sidecars_there(emulator: DatabricksEmulator) -> None:
    driver = opened("databricks://aws?folder=/Shared")
    body = {"name": f"/Shared/v-{uuid4().hex[:8]}", "artifact_location": f"dbfs:{VOLUME}/exp"}
    made = driver._rest.call("POST", "experiments/create", NewExperiment, body=body)
    experiment = ExperimentRef(id=made.experiment_id)
    run = driver.create_run(experiment, RunDraft(token=uuid4().hex)).ref
    driver.put_artifact(run, "m/x", BytesIO(b"x"))
    driver.put_sidecar(run, "k", b"v")
    driver.put_sidecar(experiment, "e", b"w")
    assert driver.open_artifact(run, "m/x").read() == b"x"
    assert (driver.get_sidecars(run), driver.get_sidecars(experiment)) == ({"k": b"v"}, {"e": b"w"})
    assert emulator.calls.count(service="storage") == 0
