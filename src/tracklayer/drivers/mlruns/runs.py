"""One run of an `mlruns` folder: its record, and the folders beside it, in the shapes of MLflow's answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracklayer.drivers._paths import speakable
from tracklayer.drivers.mlflow.folders import LoggedModel
from tracklayer.drivers.mlflow.shapes import (
    DatasetInfo,
    DatasetInput,
    KeyValue,
    Metric,
    MlflowRun,
    RunData,
    RunInfo,
    RunInputs,
)
from tracklayer.drivers.mlruns import metrics
from tracklayer.drivers.mlruns.meta import META, Damaged, folders, keyed, number, record, text

#: Folders of an experiment that are no runs (file_store.py: RESERVED_EXPERIMENT_FOLDERS).
RESERVED = frozenset({"tags", "datasets", "traces", "models"})
#: How the file store numbers statuses (mlflow/protos/service.proto: RunStatus).
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
#: What every record of a run says -> the field it is.
ALWAYS = {"status": "status", "start_time": "started", "end_time": "ended"}
#: Bytes of a param's or a tag's file that are read, at most: MLflow takes 8,000 characters.
MOST = 2**24


def is_run(folder: Path) -> bool:
    """Does the folder hold a run? One whose record was lost has its points and params still."""
    if folder.name in RESERVED or folder.is_symlink():
        return False
    return (folder / META).is_file() or ((folder / "metrics").is_dir() and (folder / "params").is_dir())


def info(folder: Path) -> tuple[RunInfo, dict[str, str]]:
    """The record of the run in a folder, and what of it is not exact. Its ids are the folders' names."""
    found: dict[str, Any] = {}
    approximate: dict[str, str] = {}
    try:
        found = record(folder)
        missing = (field for key, field in ALWAYS.items() if key not in found)
        approximate |= dict.fromkeys(missing, f"{META} does not say it: was it cut?")
    except Damaged as error:
        approximate |= dict.fromkeys(("name", *ALWAYS.values()), str(error))
    status = number(found, "status")
    return RunInfo(
        experiment_id=folder.parent.name,
        run_id=folder.name,
        run_name=text(found, "run_name") or text(found, "name"),
        user_id=text(found, "user_id"),
        status="RUNNING" if status is None else STATUSES.get(status, str(status)),
        start_time=number(found, "start_time"),
        end_time=number(found, "end_time"),
        artifact_uri=text(found, "artifact_uri") or (folder / "artifacts").as_uri(),
        lifecycle_stage=text(found, "lifecycle_stage") or "active",
    ), approximate


def whole(folder: Path) -> tuple[MlflowRun, dict[str, str]]:
    """All that was logged to the run in a folder, and what of it is not exact."""
    head, approximate = info(folder)
    data = RunData(
        metrics=tuple(_last(folder / "metrics", approximate)),
        params=tuple(texts(folder / "params", "params", approximate)),
        tags=tuple(texts(folder / "tags", "tags", approximate)),
    )
    datasets = tuple(_datasets(folder, approximate))
    return MlflowRun(info=head, data=data, inputs=RunInputs(dataset_inputs=datasets)), approximate


def texts(folder: Path, kind: str, approximate: dict[str, str]) -> Iterator[KeyValue]:
    """A tag or a param for each file. What is no UTF-8 is marked in the text as MLflow would have failed on it."""
    for key, path in keyed(folder):
        if not speakable(key):
            approximate[kind] = "a file whose name is no UTF-8 is left out"
            continue
        with path.open("rb") as file:
            data = file.read(MOST + 1)
        if len(data) > MOST:
            approximate[f"{kind}.{key}"] = f"cut after {MOST} bytes"
        value = data[:MOST].decode(errors="replace")
        if "\ufffd" in value:
            approximate.setdefault(f"{kind}.{key}", "its file is no UTF-8")
        yield KeyValue(key, value)


def _last(folder: Path, approximate: dict[str, str]) -> Iterator[Metric]:
    for key, path in keyed(folder):
        if not speakable(key):
            approximate["metrics"] = "a file whose name is no UTF-8 is left out"
            continue
        point, bad = metrics.last(path, key)
        if bad:
            approximate[f"metrics.{key}"] = f"lines of its file that cannot be read, and are left out: {bad}"
        if point is not None:
            yield point


def _datasets(folder: Path, approximate: dict[str, str]) -> Iterator[DatasetInput]:
    for name in folders(folder / "inputs"):
        try:
            given = record(folder / "inputs" / name)
            if text(given, "source_type") != "DATASET":
                continue
            source = text(given, "source_id")
            found = record(folder.parent / "datasets" / source) if source.isalnum() else {}
        except Damaged as error:
            approximate["inputs"] = f"a data set is left out: {error}"
            continue
        tags = given.get("tags")
        yield DatasetInput(
            DatasetInfo(
                name=text(found, "name"),
                digest=text(found, "digest"),
                source_type=text(found, "source_type"),
                source=text(found, "source"),
                schema=text(found, "schema") or None,
                profile=text(found, "profile") or None,
            ),
            tuple(KeyValue(str(key), str(value)) for key, value in tags.items()) if isinstance(tags, dict) else (),
        )


def models(folder: Path) -> Iterator[LoggedModel]:
    """The models that the run in a folder logged, as far as their records can be read."""
    for name in folders(folder / "outputs"):
        place = folder.parent / "models" / name
        try:
            found = record(place)
        except Damaged:
            continue
        location = text(found, "artifact_location") or (place / "artifacts").as_uri()
        yield LoggedModel(name, text(found, "name") or name, location, number(found, "creation_timestamp") or 0)
